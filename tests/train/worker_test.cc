#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/techniques/rank_processes.h"
#include "tests/train/toy_worker.h"

namespace ablate {
namespace {

using testing::FileText;
using ::testing::HasSubstr;
using testing::RunJson;

const std::string kWorker = testing::WorkerExecutable();

WorkerConfig Config() { return testing::ToyWorkerConfig(); }

testing::ProcessResult RunWorker(const WorkerConfig& config, std::vector<std::string> argv = {}) {
  return testing::RunToyWorker(config, std::move(argv));
}

// The columns but train_s.
std::string TimelessCurve(const WorkerConfig& config) {
  std::istringstream csv(FileText(config.run_dir / "curve.csv"));
  std::string text;
  for (std::string line; std::getline(csv, line);) {
    std::istringstream fields(line);
    std::string field;
    for (int column = 0; std::getline(fields, field, ','); ++column) {
      if (column != 3) text += field + ",";
    }
    text += "\n";
  }
  return text;
}

TEST(WorkerTest, LeavesAWholeRecord) {
  const WorkerConfig config = Config();
  const testing::ProcessResult result = RunWorker(config);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json json = RunJson(config);
  const Record record = RecordFromJson(json);
  EXPECT_EQ(record.status, Status::kReached) << record.reason;
  EXPECT_EQ(record.run_id, "0123456789ab-s5");
  EXPECT_EQ(record.target_metric, "train_loss");
  EXPECT_GT(record.time_to_target_s.value(), 0);
  EXPECT_GT(record.updates_to_target.value(), 0);
  EXPECT_GT(record.target_tokens_to_target.value(), 0);
  EXPECT_LE(record.loss.train.value(), 2.6);
  EXPECT_TRUE(record.loss.valid);
  EXPECT_GE(record.time.wall_s.value(), record.time.setup_s.value() + record.time.warmup_s.value() +
                                            record.time.train_s.value() +
                                            record.time.evaluate_s.value());
  EXPECT_GT(record.throughput.mfu.value(), 0);
  EXPECT_LT(record.throughput.mfu.value(), 1);
  EXPECT_LT(record.throughput.padding_efficiency.value(), 0.9);
  EXPECT_GT(record.memory.device_peak_allocated_bytes.value(), 0);
  EXPECT_FALSE(record.memory.device_peak_reserved_bytes);
  EXPECT_FALSE(record.energy_j);
  EXPECT_EQ(record.attention_kernel, "math");
  EXPECT_FALSE(record.phases.h2d_s);
  EXPECT_GT(record.phases.backward_s.value(), 0);
  EXPECT_EQ(record.quality.sentences, 12);
  EXPECT_TRUE(record.quality.bleu);
  EXPECT_EQ(record.parameters.total, record.parameters.unique);
  EXPECT_THAT(record.started_at, ::testing::EndsWith("Z"));
  EXPECT_EQ(json["samples"].size(), 5u);
  EXPECT_NE(json["samples"][0]["source"], "");
}

TEST(WorkerTest, TellsItsProgress) {
  const testing::ProcessResult result = RunWorker(Config());
  std::vector<std::string> phases;
  bool progress = false;
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json event = nlohmann::json::parse(line);
    progress = progress || event["event"] == "progress";
    if (phases.empty() || phases.back() != event["phase"]) phases.push_back(event["phase"]);
  }
  EXPECT_TRUE(progress);
  ASSERT_GE(phases.size(), 4u);
  EXPECT_EQ(phases[0], "setup");
  EXPECT_EQ(phases[1], "warmup");
  EXPECT_EQ(phases[2], "train");
  EXPECT_EQ(phases.back(), "evaluate");
}

TEST(WorkerTest, TwoProcessesGiveTheSameCurve) {
  for (const char* level : {"fp32", "amp"}) {
    WorkerConfig config = Config();
    config.settings.techniques["precision"]["name"] = level;
    config.settings.techniques["schedule"]["name"] = "onecycle";
    config.settings.target.max_epochs = 3;
    config.threads = 2;
    ASSERT_EQ(RunWorker(config).exit_code, 0);
    const std::string first = TimelessCurve(config);
    config.run_dir = testing::TemporaryFolder();
    ASSERT_EQ(RunWorker(config).exit_code, 0);
    EXPECT_EQ(first, TimelessCurve(config));
    EXPECT_GT(std::ranges::count(first, '\n'), 3);
  }
}

TEST(WorkerTest, RunningOutOfMemoryIsAResult) {
  WorkerConfig config = Config();
  config.settings.model.d_model = 65536;
  config.settings.model.d_ff = 1 << 20;
  const testing::ProcessResult result = RunWorker(config);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Record record = RecordFromJson(RunJson(config));
  EXPECT_EQ(record.status, Status::kOutOfMemory);
  EXPECT_THAT(record.reason, HasSubstr("no host memory"));
  EXPECT_TRUE(record.memory.device_peak_allocated_bytes);
}

TEST(WorkerTest, ARankThatRunsOutOfMemoryTellsWhatItHeld) {
  WorkerConfig config = Config();
  config.settings.model.d_model = 65536;
  config.settings.model.d_ff = 1 << 20;
  config.settings.techniques["parallelism"] = {{"name", "data"}, {"processes", 2}};
  const std::filesystem::path file = config.run_dir / "config.json";
  std::ofstream(file) << ToJson(config);
  const auto ranks = testing::RunRanks(2, {kWorker, "--config", file.string()});
  EXPECT_EQ(ranks[0].exit_code, 0) << ranks[0].err;
  EXPECT_NE(ranks[1].exit_code, 0) << ranks[1].err;
  EXPECT_EQ(RecordFromJson(RunJson(config)).status, Status::kOutOfMemory);
  const nlohmann::json told = nlohmann::json::parse(FileText(config.run_dir / "rank-1.json"));
  EXPECT_EQ(told["status"], "out_of_memory");
  EXPECT_THAT(told["reason"], HasSubstr("no host memory"));
  EXPECT_TRUE(told["memory"]["device_peak_allocated_bytes"].is_number_integer()) << told;
  EXPECT_TRUE(told["memory"]["device_peak_reserved_bytes"].is_null()) << told;
}

TEST(WorkerTest, SigtermEndsItWithWhatItHas) {
  WorkerConfig config = Config();
  config.settings.target.value = 1e-9;
  config.settings.target.max_epochs = 1e6;
  const auto result = RunWorker(config, {"timeout", "--preserve-status", "-s", "TERM", "3"});
  EXPECT_EQ(result.exit_code, 143) << result.err;
  const Record record = RecordFromJson(RunJson(config));
  EXPECT_EQ(record.status, Status::kInterrupted);
  EXPECT_GT(record.updates.value(), 0);
  EXPECT_GT(std::ranges::count(TimelessCurve(config), '\n'), 1);
}

TEST(WorkerTest, DivergenceIsAResult) {
  WorkerConfig config = Config();
  config.settings.training.learning_rate = 1e6;
  EXPECT_EQ(RunWorker(config).exit_code, 0);
  const Record record = RecordFromJson(RunJson(config));
  EXPECT_EQ(record.status, Status::kDiverged);
  EXPECT_NE(record.reason, "");
  EXPECT_FALSE(record.quality.bleu);
}

TEST(WorkerTest, AMistakeOfTheUserFailsWithItsReason) {
  WorkerConfig config = Config();
  config.settings.model.max_length = 5;
  EXPECT_EQ(RunWorker(config).exit_code, 3);
  const Record record = RecordFromJson(RunJson(config));
  EXPECT_EQ(record.status, Status::kFailed);
  EXPECT_THAT(record.reason, HasSubstr("model.max_length"));
}

TEST(WorkerTest, AnAbsentGpuIsAnError) {
  WorkerConfig config = Config();
  config.device = "cuda";
  const testing::ProcessResult result = RunWorker(config);
  if (result.exit_code == 0) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("device cuda was asked for"));
}

TEST(WorkerTest, RefusesNonsenseOnItsCommandLine) {
  EXPECT_EQ(testing::RunProcess({kWorker}).exit_code, 3);
  EXPECT_EQ(testing::RunProcess({kWorker, "--config", "/no/such/file"}).exit_code, 3);
  EXPECT_EQ(testing::RunProcess({kWorker, "--help"}).exit_code, 0);
}

TEST(WorkerTest, DescribesItsEnvironment) {
  const testing::ProcessResult result = testing::RunProcess({kWorker, "--environment"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["libtorch"], "2.11.0");
  EXPECT_EQ(json["device"], "cpu");
  EXPECT_TRUE(json["cuda"].is_null());
  EXPECT_GT(json["matrix_flops_per_s"]["fp32"].get<double>(), 1e8);
}

TEST(WorkerTest, LeavesMatrixRatesOutWhereTheyAreNotAskedFor) {
  const testing::ProcessResult result =
      testing::RunProcess({kWorker, "--environment", "--device", "cpu", "--without-rates"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_GT(json["threads"].get<int64_t>(), 0);
  EXPECT_FALSE(json.contains("matrix_flops_per_s"));
}

}  // namespace
}  // namespace ablate
