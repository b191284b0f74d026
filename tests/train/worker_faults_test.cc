// What a worker leaves of a run whose training is over when something fails: its corpus is damaged
// while it trains, or it is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <thread>

#include "model/data/encoded_corpus_format.h"
#include "tests/techniques/rank_processes.h"
#include "tests/train/toy_worker.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using testing::FileText;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RunJson;

// A run with a corpus of its own, which evaluates only after its last update.
WorkerConfig Config() {
  WorkerConfig config = testing::ToyWorkerConfig();
  const fs::path corpus = config.run_dir / "corpus.ids";
  fs::copy_file(config.encoded_corpus, corpus);
  config.encoded_corpus = corpus;
  config.settings.target.value = 2.4;
  config.settings.target.max_epochs = 100;
  config.settings.target.evaluate_every_examples = 1'000'000;
  return config;
}

// Overwrites a section of a corpus in place, where the worker that has mapped it reads it.
void Damage(const fs::path& corpus, EncodedSection section) {
  const std::string bytes = FileText(corpus);
  EncodedHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  const auto [offset, size] = header.sections[section];
  std::fstream file(corpus, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file << std::string(size, '\x7f') << std::flush;
}

// Calls `action` once `condition` holds, from a thread of its own, unless it ends before.
class Meanwhile {
 public:
  Meanwhile(const std::function<bool()>& condition, const std::function<void()>& action)
      : thread_([=](const std::stop_token& stop) {
          while (!condition()) {
            if (stop.stop_requested()) return;
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
          action();
        }) {}

 private:
  std::jthread thread_;
};

bool Trains(const fs::path& said) {
  return FileText(said).find("\"phase\":\"train\"") != std::string::npos;
}

// The run, of whose corpus a section is damaged once the training has begun.
testing::ProcessResult RunDamaged(const WorkerConfig& config, EncodedSection section) {
  const fs::path said = config.run_dir / "said";
  const Meanwhile damage([=] { return Trains(said); },
                         [=] { Damage(config.encoded_corpus, section); });
  return testing::RunToyWorker(config, {"sh", "-c", "exec \"$@\" 2>\"$0\"", said.string()});
}

TEST(WorkerFaultsTest, AResultStandsWhereItsTranslationFails) {
  const WorkerConfig config = Config();
  EXPECT_EQ(RunDamaged(config, kValidSourceTextOffsets).exit_code, 0);
  const nlohmann::json json = RunJson(config);
  const Record record = RecordFromJson(json);
  EXPECT_EQ(record.status, Status::kReached) << record.reason;
  EXPECT_GT(record.time_to_target_s.value(), 0);
  EXPECT_TRUE(record.loss.valid);
  EXPECT_TRUE(record.memory.device_peak_allocated_bytes);
  EXPECT_FALSE(record.quality.bleu);
  EXPECT_FALSE(record.quality.sentences);
  EXPECT_THAT(record.notes, Contains(AllOf(HasSubstr("translation failed: "),
                                           HasSubstr(": quality is not known"))));
  EXPECT_THAT(json["samples"], IsEmpty());
  EXPECT_FALSE(json.contains("complete"));
}

TEST(WorkerFaultsTest, AResultStandsWhereTheLastEvaluationFails) {
  const WorkerConfig config = Config();
  EXPECT_EQ(RunDamaged(config, kValidTargetIds).exit_code, 0);
  const Record record = RecordFromJson(RunJson(config));
  EXPECT_EQ(record.status, Status::kReached) << record.reason;
  EXPECT_FALSE(record.loss.valid);
  EXPECT_TRUE(record.quality.bleu);  // which reads sources and texts alone
  EXPECT_THAT(record.notes, Contains(HasSubstr("the evaluation after the last update failed: ")));
}

// Of a target in validation loss it is the look that decides.
TEST(WorkerFaultsTest, ThereIsNoResultWhereTheLookThatDecidesFails) {
  WorkerConfig config = Config();
  config.settings.target.metric = "valid_loss";
  config.settings.target.max_epochs = 20;
  EXPECT_EQ(RunDamaged(config, kValidTargetIds).exit_code, 4);
  const Record record = RecordFromJson(RunJson(config));
  EXPECT_EQ(record.status, Status::kFailed);
  EXPECT_NE(record.reason, "");
}

// Its process ends without a word while it translates.
TEST(WorkerFaultsTest, AResultIsThereBeforeItIsTranslated) {
  bool caught = false;
  for (int tries = 0; tries < 20 && !caught; ++tries) {
    const WorkerConfig config = Config();
    const fs::path run_json = config.run_dir / "run.json";
    const fs::path pid = config.run_dir / "pid";
    const Meanwhile end([=] { return fs::exists(run_json); },
                        [=] { kill(std::stoi(FileText(pid)), SIGKILL); });
    testing::RunToyWorker(config, {"sh", "-c", "echo $$ >\"$0\"; exec \"$@\"", pid.string()});
    const nlohmann::json json = RunJson(config);
    const Record record = RecordFromJson(json);
    EXPECT_EQ(record.status, Status::kReached);
    EXPECT_GT(record.time_to_target_s.value(), 0);
    EXPECT_GT(FileText(config.run_dir / "curve.csv").size(), 100u);
    caught = json.value("complete", true) == false;
    if (!caught) continue;
    EXPECT_FALSE(record.quality.bleu);
    EXPECT_THAT(record.notes, Contains(HasSubstr("what is absent here is not known")));
  }
  EXPECT_TRUE(caught);
}

// Rank 1 alone fails, in a collective where rank 0 waits for it.
TEST(WorkerFaultsTest, AResultStandsWhereAnotherRankFailsAfterTheTraining) {
  WorkerConfig config = Config();
  config.settings.techniques["parallelism"] = {{"name", "data"}, {"processes", 2}};
  const fs::path base = config.run_dir / "rank";
  std::ofstream(base.string() + ".0") << ToJson(config);
  const fs::path other = config.run_dir / "other.ids";
  fs::copy_file(config.encoded_corpus, other);
  config.encoded_corpus = other;
  std::ofstream(base.string() + ".1") << ToJson(config);
  const Meanwhile damage([=] { return Trains(base.string() + ".said.1"); },
                         [=] { Damage(other, kValidTargetIds); });
  const auto ranks = testing::RunRanks(2, {"sh", "-c",
                                           "export ABLATE_PROGRESS_FD=2 GOMP_SPINCOUNT=0\n"
                                           "exec \"$0\" --config \"$1.$RANK\" 2>\"$1.said.$RANK\"",
                                           testing::WorkerExecutable(), base.string()});
  EXPECT_EQ(ranks[0].exit_code, 0) << FileText(base.string() + ".said.0");
  EXPECT_EQ(ranks[1].exit_code, 4) << FileText(base.string() + ".said.1");
  const Record record = RecordFromJson(RunJson(config));
  EXPECT_EQ(record.status, Status::kReached) << record.reason;
  EXPECT_TRUE(record.memory.host_peak_rss_bytes);
  EXPECT_FALSE(record.loss.valid);
  EXPECT_FALSE(record.quality.bleu);
  EXPECT_THAT(record.notes, Contains(HasSubstr("the evaluation after the last update failed: ")));
  EXPECT_THAT(record.notes, Contains("gathering the model was left out: quality is not known"));
  const nlohmann::json told = nlohmann::json::parse(FileText(config.run_dir / "rank-1.json"));
  EXPECT_EQ(told["status"], "failed");
}

}  // namespace
}  // namespace ablate
