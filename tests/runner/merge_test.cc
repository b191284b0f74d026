#include "harness/run/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "harness/run/environment.h"
#include "harness/run/folder_lock.h"
#include "harness/run/runner.h"
#include "model/error.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LinesOf;
using testing::ReadAll;
using testing::WriteAll;

std::string Message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

nlohmann::json CardEnvironment(const std::string& host, const std::string& uuid) {
  return {{"host", host},
          {"device", "cuda"},
          {"worker", std::string(64, 'a')},
          {"cuda", {{"name", "A"}, {"uuid", uuid}, {"driver", "550"}}},
          {"corpora", {{"lines-1", std::string(64, 'c')}}}};
}

class MergeTest : public ::testing::Test {
 protected:
  // A shard with a reached run a cell of each of `seeds`.
  fs::path Shard(const std::string& name, const std::vector<uint64_t>& seeds,
                 const nlohmann::json& environment, const std::string& suite_seeds = "[1, 2, 3]",
                 const std::string& more = "") {
    const Suite suite = testing::SmallSuite("\"seeds\": " + suite_seeds + more);
    const Plan plan = MakePlan(suite);
    ResultStore store = ResultStore::Open(folder_ / name);
    store.WriteSuite(ToJson(suite));
    const std::string hash = store.WriteEnvironment(environment);
    for (const PlannedRun& run : plan.runs) {
      if (std::find(seeds.begin(), seeds.end(), run.seed) == seeds.end()) continue;
      Record record = Identity(suite.name, plan.cells[run.cell], run);
      record.status = Status::kReached;
      record.environment = hash;
      store.Append(record);
      WriteAll(store.FreshRunFolder(run.run_id) / "curve.csv", name);
    }
    return folder_ / name;
  }

  std::string Refusal(const std::vector<fs::path>& shards) {
    const std::string message = Message([&] { MergeShards(shards, output_); });
    EXPECT_FALSE(fs::exists(output_)) << message;
    EXPECT_FALSE(fs::exists(output_.string() + ".part")) << message;
    return message;
  }

  const fs::path folder_ = testing::TemporaryFolder();
  const fs::path output_ = folder_ / "merged";
  const nlohmann::json here_ = CardEnvironment("x", "GPU-1");
};

TEST_F(MergeTest, PutsWholeBlocksOfTwoCardsTogetherAndSaysSo) {
  const fs::path a = Shard("a", {1, 3}, here_);
  const fs::path b = Shard("b", {2}, CardEnvironment("y", "GPU-2"));
  const Merged merged = MergeShards({a, b}, output_);
  EXPECT_EQ(merged.records, 12u);
  EXPECT_EQ(merged.runs, 12u);
  ASSERT_EQ(merged.notes.size(), 1u);
  EXPECT_THAT(merged.notes[0], HasSubstr("card: GPU-1 there, GPU-2 here; host: x there, y here"));
  EXPECT_THAT(merged.warnings, IsEmpty());

  const Plan plan = MakePlan(testing::SmallSuite(R"("seeds": [1, 2, 3])"));
  const ResultStore store = ResultStore::Open(output_);
  EXPECT_THAT(Pending(store.records(), plan.runs), IsEmpty());
  for (const PlannedRun& run : plan.runs) {
    const Record& record = *store.Find(run.run_id);
    EXPECT_EQ(record.block, run.block);
    EXPECT_EQ(record.notes.size(), run.seed == 2 ? 1u : 0u);
    EXPECT_EQ(ReadAll(store.RunFolder(run.run_id) / "curve.csv"), run.seed == 2 ? "b" : "a");
    EXPECT_TRUE(fs::exists(output_ / ("environment-" + record.environment + ".json")));
  }
  const nlohmann::json environment = store.environment();
  EXPECT_EQ(environment["host"], "x");
  EXPECT_EQ(environment["merged"][0]["seeds"], (nlohmann::json{1, 3}));
  EXPECT_EQ(environment["merged"][1]["seeds"], nlohmann::json::array({2}));
  EXPECT_THAT(EnvironmentMismatches(environment, here_), IsEmpty());
  EXPECT_EQ(LinesOf(a / "records.jsonl").size(), 8u);
}

TEST_F(MergeTest, RefusesWhatCannotBeCompared) {
  const fs::path a = Shard("a", {1}, here_);
  nlohmann::json other = here_;
  other["cuda"]["name"] = "B";
  other["cuda"]["driver"] = "570";
  other["worker"] = std::string(64, 'b');
  other["corpora"]["lines-1"] = std::string(64, 'd');
  const std::string message = Refusal({a, Shard("b", {2}, other)});
  for (const char* difference :
       {"worker: aaaaaaaaaaaa there, bbbbbbbbbbbb here", "GPU: A there, B here",
        "driver: 550 there, 570 here", "content of corpus lines-1"}) {
    EXPECT_THAT(message, HasSubstr(difference));
  }
  EXPECT_THAT(
      Refusal({a, Shard("c", {2}, here_, "[1, 2, 3]", R"(, "training": {"learning_rate": 0.5})")}),
      HasSubstr("training.learning_rate: 0.001 there, 0.5 here"));
  EXPECT_THAT(Refusal({a, Shard("d", {1, 2}, here_)}), HasSubstr("seed 1 was measured in"));
  EXPECT_THAT(Refusal({a, folder_ / "." / "a"}), HasSubstr("named twice"));
  EXPECT_THAT(Refusal({a}), HasSubstr("at least two"));
  EXPECT_THAT(Refusal({a, folder_ / "nothing"}), HasSubstr("nothing"));
  EXPECT_THAT(Refusal({a, Shard("e", {}, here_)}), HasSubstr("no record"));
}

TEST_F(MergeTest, WritesNewFoldersOnly) {
  const fs::path a = Shard("a", {1}, here_);
  const fs::path b = Shard("b", {2}, here_);
  EXPECT_THAT(Message([&] { MergeShards({a, b}, a); }), HasSubstr("is there already"));
  EXPECT_THAT(Message([&] {
                MergeShards({a, b}, folder_ / "results" / "reference" / "x");
              }),
              HasSubstr("results/reference"));
  fs::create_directories(output_);
  fs::create_directories(output_.string() + ".part");
  WriteAll(output_.string() + ".part/torn", "left by a call that was killed");
  EXPECT_EQ(MergeShards({a, b}, output_.string() + "/").records, 8u);
  EXPECT_FALSE(fs::exists(output_ / "torn"));
  EXPECT_FALSE(fs::exists(output_.string() + ".part"));
}

TEST_F(MergeTest, WaitsForNoDriver) {
  const fs::path a = Shard("a", {1}, here_);
  const fs::path b = Shard("b", {2}, here_);
  const FileDescriptor driver = LockFolder(b);
  EXPECT_THAT(Refusal({a, b}), HasSubstr("another ablate is running into"));
}

// A failed attempt on one machine does not hide what another one measured.
TEST_F(MergeTest, KeepsEveryRecordAndLetsResultsWin) {
  const fs::path a = Shard("a", {1}, here_);
  const fs::path b = Shard("b", {2}, here_);
  Record failed = ReadRecordLog(a).records[0];
  failed.status = Status::kFailed;
  ResultStore::Open(b).Append(failed);
  const std::string torn = ReadAll(b / "records.jsonl") + "{\"schema_ver";
  WriteAll(b / "records.jsonl", torn);
  const Merged merged = MergeShards({a, b}, output_);
  EXPECT_EQ(merged.records, 9u);
  EXPECT_EQ(merged.runs, 8u);
  EXPECT_THAT(merged.warnings, ElementsAre(HasSubstr("torn")));
  EXPECT_EQ(LinesOf(output_ / "records.jsonl").size(), 9u);
  EXPECT_EQ(ResultStore::Open(output_).Find(failed.run_id)->status, Status::kReached);
  EXPECT_EQ(ReadAll(b / "records.jsonl"), torn);
}

TEST_F(MergeTest, PutsAddedSeedsLastAndCountsBlocksAnew) {
  const fs::path a = Shard("a", {1, 3}, here_, "[1, 3]");
  const fs::path b = Shard("b", {7}, here_, "[7]");
  MergeShards({a, b}, output_);
  EXPECT_THAT(LoadSuite(output_ / "suite.json").seeds, ElementsAre(1, 3, 7));
  for (const Record& record : ReadRecordLog(output_).records) {
    EXPECT_EQ(record.block, record.seed == 7 ? 2 : record.seed / 2);
  }
}

}  // namespace
}  // namespace ablate
