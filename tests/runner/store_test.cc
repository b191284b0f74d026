#include "harness/run/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "harness/run/environment.h"
#include "harness/run/mismatch.h"
#include "harness/run/runner.h"
#include "model/error.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::LinesOf;
using testing::ReadAll;
using testing::WriteAll;

Record SomeRecord(const std::string& run_id, Status status = Status::kReached) {
  Record record;
  record.suite = "small";
  record.cell = "padding=static";
  record.factors = {{"padding", "static"}};
  record.cell_id = run_id;
  record.run_id = run_id;
  record.status = status;
  return record;
}

std::string Message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class StoreTest : public ::testing::Test {
 protected:
  const fs::path results_ = fs::path(testing::TemporaryFolder()) / "results" / "small";
};

class ResumeTest : public StoreTest {};

TEST_F(StoreTest, KeepsTheLastRecordOfEachRun) {
  {
    ResultStore store = ResultStore::Open(results_);
    store.Append(SomeRecord("a", Status::kFailed));
    store.Append(SomeRecord("b"));
    store.Append(SomeRecord("a"));
    EXPECT_EQ(store.Find("a")->status, Status::kReached);
  }
  EXPECT_EQ(LinesOf(results_ / "records.jsonl").size(), 3u);
  const ResultStore again = ResultStore::Open(results_);
  EXPECT_EQ(again.records().size(), 2u);
  EXPECT_EQ(again.Find("a")->status, Status::kReached);
  EXPECT_EQ(again.Find("c"), nullptr);
  EXPECT_TRUE(again.warnings().empty());
}

TEST_F(ResumeTest, KeepsFinishedRunsAfterTornTail) {
  { ResultStore::Open(results_).Append(SomeRecord("a")); }
  const std::string whole = ReadAll(results_ / "records.jsonl");
  for (const size_t torn : {size_t{1}, size_t{40}, whole.size() - 2}) {
    WriteAll(results_ / "records.jsonl", whole + whole.substr(0, torn));
    ResultStore store = ResultStore::Open(results_);
    ASSERT_EQ(store.warnings().size(), 1u) << torn;
    EXPECT_THAT(store.warnings()[0], HasSubstr("records.jsonl:2"));
    store.Append(SomeRecord("b"));
    const std::vector<std::string> lines = LinesOf(results_ / "records.jsonl");
    ASSERT_EQ(lines.size(), 2u) << torn;
    EXPECT_EQ(lines[0] + "\n", whole);
    EXPECT_EQ(RecordFromJson(nlohmann::json::parse(lines[1])).run_id, "b");
  }
}

TEST_F(ResumeTest, CompletesAWholeLastLineWithoutItsBreak) {
  { ResultStore::Open(results_).Append(SomeRecord("a")); }
  std::string text = ReadAll(results_ / "records.jsonl");
  text.pop_back();
  WriteAll(results_ / "records.jsonl", text);
  ResultStore store = ResultStore::Open(results_);
  EXPECT_NE(store.Find("a"), nullptr);
  store.Append(SomeRecord("b"));
  EXPECT_EQ(LinesOf(results_ / "records.jsonl").size(), 2u);
}

TEST_F(ResumeTest, RefusesABadLineInTheMiddle) {
  { ResultStore::Open(results_).Append(SomeRecord("a")); }
  const std::string whole = ReadAll(results_ / "records.jsonl");
  WriteAll(results_ / "records.jsonl", whole + "{\"torn\n" + whole);
  const std::string message = Message([&] { ResultStore::Open(results_); });
  EXPECT_THAT(message, HasSubstr("records.jsonl:2"));
  EXPECT_THAT(message, HasSubstr("--fresh"));
}

TEST_F(ResumeTest, NeverDropsAWholeRecordOfAnotherVersion) {
  { ResultStore::Open(results_).Append(SomeRecord("a")); }
  WriteAll(results_ / "records.jsonl",
           ReadAll(results_ / "records.jsonl") + "{\"schema_version\": 2}\n");
  EXPECT_THAT(Message([&] { ResultStore::Open(results_); }), HasSubstr("schema_version"));
}

TEST_F(StoreTest, LocksOutASecondDriver) {
  {
    const ResultStore first = ResultStore::Open(results_);
    EXPECT_THAT(Message([&] { ResultStore::Open(results_); }),
                ::testing::AllOf(HasSubstr("another ablate"),
                                 HasSubstr("(process " + std::to_string(getpid()) + " on ")));
    EXPECT_THAT(Message([&] { ResultStore::Open(results_, /*fresh=*/true); }),
                HasSubstr("another ablate"));
  }
  EXPECT_NO_THROW(ResultStore::Open(results_));
}

TEST_F(StoreTest, MovesOldResultsAsideWhenFresh) {
  { ResultStore::Open(results_).Append(SomeRecord("a")); }
  ResultStore store = ResultStore::Open(results_, /*fresh=*/true);
  EXPECT_TRUE(store.records().empty());
  EXPECT_THAT(store.moved_aside().string(), HasSubstr("small.old-"));
  EXPECT_EQ(ReadRecordLog(store.moved_aside()).records.size(), 1u);
}

TEST_F(StoreTest, WritesNeitherIntoReferencesNorIntoForeignFolders) {
  const fs::path root = results_.parent_path();
  EXPECT_THAT(Message([&] { ResultStore::Open(root / "reference" / "small"); }),
              HasSubstr("results/reference"));
  EXPECT_THAT(Message([&] { ResultStore::Open(root / "x" / ".." / "reference"); }),
              HasSubstr("results/reference"));
  EXPECT_FALSE(fs::exists(root / "reference"));
  fs::create_directories(root / "photos");
  WriteAll(root / "photos" / "cat.jpg", "cat");
  EXPECT_THAT(Message([&] { ResultStore::Open(root / "photos"); }), HasSubstr("no results"));
  WriteAll(root / "file", "");
  EXPECT_THAT(Message([&] { ResultStore::Open(root / "file"); }), HasSubstr("not a folder"));
}

TEST_F(StoreTest, KeepsTheEnvironmentThatItReplaces) {
  ResultStore store = ResultStore::Open(results_);
  const nlohmann::json old = {{"host", "a"}};
  const std::string hash = store.WriteEnvironment(old);
  EXPECT_EQ(hash.size(), 12u);
  EXPECT_EQ(store.WriteEnvironment(old), hash);
  EXPECT_NE(store.WriteEnvironment({{"host", "b"}}), hash);
  EXPECT_EQ(nlohmann::json::parse(ReadAll(results_ / ("environment-" + hash + ".json"))), old);
  EXPECT_EQ(store.environment()["host"], "b");
}

class MismatchTest : public StoreTest {
 protected:
  // A folder that holds a finished run of the suite's first cell.
  ResultStore StoreWithARun(const Suite& suite) {
    ResultStore store = ResultStore::Open(results_);
    const Plan plan = MakePlan(suite);
    Record record =
        Identity(suite.name, plan.cells[0], {0, 1, 0, 0, plan.cells[0].cell_id + "-s1"});
    record.status = Status::kReached;
    store.Append(record);
    store.WriteSuite(ToJson(suite));
    return store;
  }
};

TEST_F(StoreTest, KeepsTheOrderOfTheMatrix) {
  std::string text = testing::SmallSuiteText();
  const std::string matrix =
      R"("padding": ["static", "dynamic"], "schedule": ["constant", "onecycle"])";
  text.replace(text.find(matrix), matrix.size(),
               R"("schedule": ["constant", "onecycle"], "padding": ["static", "dynamic"])");
  const Suite suite = ParseSuite(text, "small.json");
  ResultStore::Open(results_).WriteSuite(ToJson(suite));
  const Plan kept = MakePlan(LoadSuite(results_ / "suite.json"));
  EXPECT_EQ(kept.cells.back().name, "schedule=onecycle,padding=dynamic");
  EXPECT_EQ(kept.cells.back().name, MakePlan(suite).cells.back().name);
}

TEST_F(MismatchTest, NamesTheSettingWithBothValues) {
  const ResultStore store = StoreWithARun(testing::SmallSuite());
  const Plan other =
      MakePlan(testing::SmallSuite(R"("seeds": [1], "training": {"learning_rate": 0.5})"));
  const std::vector<std::string> mismatches = SettingsMismatches(other, store);
  ASSERT_FALSE(mismatches.empty());
  EXPECT_EQ(mismatches[0], "training.learning_rate: 0.001 there, 0.5 here");
  const std::string message = Message([&] { RefuseMismatches(store, mismatches); });
  EXPECT_THAT(message, HasSubstr("training.learning_rate"));
  EXPECT_THAT(message, HasSubstr("--fresh"));
}

TEST_F(MismatchTest, AcceptsMoreSeedsAndCells) {
  const ResultStore store = StoreWithARun(testing::SmallSuite());
  EXPECT_TRUE(
      SettingsMismatches(MakePlan(testing::SmallSuite(R"("seeds": [1, 2, 3])")), store).empty());
}

TEST_F(MismatchTest, AcceptsAnythingWhereNoRunIsKept) {
  ResultStore store = ResultStore::Open(results_);
  store.Append(SomeRecord("a", Status::kFailed));
  EXPECT_NO_THROW(RefuseMismatches(store, {"worker: x there, y here"}));
}

TEST(EnvironmentTest, TellsWorkerDeviceAndCorpusApart) {
  const nlohmann::json old = {{"device", "cuda"},
                              {"worker", std::string(64, 'a')},
                              {"host", "x"},
                              {"cuda", {{"name", "A"}}},
                              {"corpora", {{"lines-1", std::string(64, 'c')}}}};
  EXPECT_TRUE(EnvironmentMismatches(old, old).empty());
  nlohmann::json now = old;
  now["host"] = "y";
  EXPECT_TRUE(EnvironmentMismatches(old, now).empty());
  now["worker"] = std::string(64, 'b');
  now["cuda"]["name"] = "B";
  now["corpora"]["lines-1"] = std::string(64, 'd');
  EXPECT_THAT(EnvironmentMismatches(old, now),
              ::testing::ElementsAre(
                  "worker: aaaaaaaaaaaa there, bbbbbbbbbbbb here", "GPU: A there, B here",
                  "content of corpus lines-1: cccccccccccc there, dddddddddddd here"));
}

TEST(EnvironmentTest, MeasuresRatesOnceASuite) {
  const nlohmann::json old = {{"host", "x"},
                              {"worker", "w"},
                              {"device", "cpu"},
                              {"matrix_flops_per_s", {{"fp32", 1}}},
                              {"corpora", {{"a", "1"}}}};
  nlohmann::json now = old;
  now["matrix_flops_per_s"]["fp32"] = 2;
  now["corpora"] = {{"b", "2"}};
  CarryOver(old, now);
  EXPECT_EQ(now["matrix_flops_per_s"]["fp32"], 1);
  EXPECT_EQ(now["corpora"], (nlohmann::json{{"a", "1"}, {"b", "2"}}));
  now["worker"] = "other";
  now["matrix_flops_per_s"]["fp32"] = 2;
  CarryOver(old, now);
  EXPECT_EQ(now["matrix_flops_per_s"]["fp32"], 2);
}

TEST(EnvironmentTest, HoldsNoPath) {
  const nlohmann::json host = HostEnvironment(fs::current_path());
  const nlohmann::json flat = host.flatten();
  for (const auto& [key, value] : flat.items()) {
    EXPECT_FALSE(value.is_string() && value.get<std::string>().starts_with("/")) << key;
  }
  EXPECT_GT(host["memory_bytes"], 1 << 20);
  EXPECT_GE(host["cpu"]["threads"], host["cpu"]["cores"]);
}

}  // namespace
}  // namespace ablate
