#include "harness/report/exports/mlperf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/report/study.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using testing::Study;

// 2026-01-01T00:00:00Z
constexpr int64_t kStart = 1767225600000;

// MLPerf's own parser.
nlohmann::json Read(const std::string& log) {
  const std::filesystem::path file = std::filesystem::path(testing::TemporaryFolder()) / "run.log";
  std::ofstream(file) << log;
  const nlohmann::json read =
      nlohmann::json::parse(testing::RunPython("tests/report/exports/mlperf.py", {file.string()}));
  EXPECT_TRUE(read["errors"].empty()) << read["errors"];
  EXPECT_EQ(read["lines"].size(), static_cast<size_t>(std::ranges::count(log, '\n')));
  return read["lines"];
}

nlohmann::json Named(const nlohmann::json& lines, const std::string& key) {
  for (const auto& line : lines) {
    if (line["key"] == key) return line;
  }
  return nullptr;
}

Record ReachedRun() {
  Study study(1);
  Record run = study.RunAll().results().records[0];
  run.started_at = "2026-01-01T00:00:00Z";
  run.time.setup_s = 2;
  run.time.warmup_s = 1.5;
  run.time_to_target_s = 7.25;
  run.examples_to_target = 500;
  run.updates_to_target = 20;
  return run;
}

TEST(MlperfTest, IsReadByMlperfsParser) {
  Record run = ReachedRun();
  run.reason = "élève";
  Settings settings;
  settings.training.batch_size = 64;
  RunEvidence evidence;
  evidence.curve = {{10, 250, 3.5, 1e-3, 2.5, {}}, {20, 500, 7.25, 1e-3, 1.8, 2.1}};
  const nlohmann::json lines = Read(MlperfLog(run, &settings, &evidence));
  EXPECT_EQ(Named(lines, "submission_benchmark")["value"], "study");
  EXPECT_EQ(Named(lines, "seed")["value"], 1);
  EXPECT_EQ(Named(lines, "global_batch_size")["value"], 64);
  EXPECT_EQ(Named(lines, "init_start")["time_ms"], kStart);
  EXPECT_EQ(Named(lines, "run_start")["time_ms"], kStart + 3500);
  const nlohmann::json stop = Named(lines, "run_stop");
  EXPECT_EQ(stop["time_ms"], kStart + 3500 + 7250);
  EXPECT_EQ(stop["metadata"]["status"], "success");
  EXPECT_EQ(stop["metadata"]["samples_count"], 500);
  EXPECT_EQ(Named(lines, "train_loss")["value"], 2.5);
  EXPECT_EQ(Named(lines, "train_loss")["time_ms"], kStart + 3500 + 3500);
  EXPECT_EQ(Named(lines, "valid_loss")["value"], 2.1);
  EXPECT_EQ(Named(lines, "valid_loss")["metadata"]["step_num"], 20);
  EXPECT_EQ(Named(lines, "record")["value"], ToJson(run));
}

TEST(MlperfTest, CallsWhatDidNotReachTheTargetAborted) {
  Record run = ReachedRun();
  testing::NotReached(run, 30, 3000);
  const nlohmann::json stop = Named(Read(MlperfLog(run, nullptr, nullptr)), "run_stop");
  EXPECT_EQ(stop["time_ms"], kStart + 3500 + 30000);
  EXPECT_EQ(stop["metadata"]["status"], "aborted");
  EXPECT_EQ(stop["metadata"]["outcome"], "not_reached");
  EXPECT_EQ(stop["metadata"]["reason"], "the budget is used up");
  EXPECT_EQ(stop["metadata"]["samples_count"], 3000);
}

TEST(MlperfTest, LeavesOutMomentsThatTheRecordDoesNotTell) {
  Record run = ReachedRun();
  testing::Ended(run, Status::kFailed, "ended by SIGSEGV");
  run.time = {};
  run.time.wall_s = 4;
  const nlohmann::json lines = Read(MlperfLog(run, nullptr, nullptr));
  EXPECT_TRUE(Named(lines, "run_start").is_null());
  EXPECT_TRUE(Named(lines, "run_stop").is_null());
  EXPECT_EQ(Named(lines, "record")["time_ms"], kStart + 4000);
  EXPECT_EQ(Named(lines, "record")["value"]["status"], "failed");
}

}  // namespace
}  // namespace ablate
