#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/process.h"
#include "tests/techniques/rank_processes.h"

namespace ablate::testing {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;

std::vector<std::string> Program(const Json& options) {
  return {std::string(ABLATE_BINARY_DIR) + "/parallel-rank", options.dump()};
}

std::vector<double> ReadNumbers(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  std::vector<double> numbers(static_cast<size_t>(file.tellg()) / sizeof(double));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(double)));
  return numbers;
}

// What the run of `ranks` processes wrote.
std::vector<double> Train(int64_t ranks, Json options, const std::string& out) {
  options["out"] = out;
  for (const RankResult& rank : RunRanks(ranks, Program(options))) {
    EXPECT_EQ(rank.exit_code, 0) << rank.err;
  }
  return ReadNumbers(out);
}

double LargestDifference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size() || a.empty()) return INFINITY;
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i]) < 1e6)) return INFINITY;
    largest = std::max(largest, std::abs(a[i] - b[i]));
  }
  return largest;
}

// The gradients of a first update; losses, norms and parameters over 50 more; an evaluation. The
// one process pads, and computes with the reference's kernels.
double DifferenceFromOneProcess(int64_t ranks, const Json& options) {
  const std::string folder = TemporaryFolder();
  Json of_one = options;
  of_one.erase("packed");
  of_one.erase("fused");
  return LargestDifference(Train(ranks, options, folder + "/ranks"),
                           Train(1, of_one, folder + "/one"));
}

double Held(const std::string& out, int64_t rank) {
  double share = 0;
  std::ifstream(out + ".held." + std::to_string(rank)) >> share;
  return share;
}

TEST(DataParallelTest, EqualsOneProcess) {
  EXPECT_LT(DifferenceFromOneProcess(2, {{"kind", "data"}}), 1e-9);
}

TEST(DataParallelTest, SumsGradientsOfLayersAndEmbeddingsThatAreUsedTwice) {
  EXPECT_LT(
      DifferenceFromOneProcess(2, {{"kind", "data"}, {"layer_of_depth", {0, 0}}, {"tied", true}}),
      1e-9);
}

TEST(DataParallelTest, ReducesOnceAfterMicroBatchesOfCheckpointedLayers) {
  EXPECT_LT(DifferenceFromOneProcess(2, {{"kind", "data"},
                                         {"layer_of_depth", {0, 0}},
                                         {"micro_batches", 2},
                                         {"checkpoint_every", 1}}),
            1e-9);
}

TEST(DataParallelTest, EqualsOneProcessOnThreeRanks) {
  EXPECT_LT(DifferenceFromOneProcess(3, {{"kind", "data"}, {"tied", true}}), 1e-9);
}

TEST(DataParallelTest, EqualsOneProcessWithFusedKernelsOnPackedBatches) {
  EXPECT_LT(DifferenceFromOneProcess(2, {{"kind", "data"}, {"fused", true}, {"packed", true}}),
            1e-9);
  EXPECT_LT(DifferenceFromOneProcess(2, {{"kind", "data"},
                                         {"fused", true},
                                         {"packed", true},
                                         {"layer_of_depth", {0, 0}},
                                         {"tied", true},
                                         {"micro_batches", 2},
                                         {"checkpoint_every", 1}}),
            1e-9);
}

TEST(DataParallelTest, RefusesRanksThatBuiltDifferentModels) {
  const Json options = {
      {"kind", "data"}, {"seed_by_rank", true}, {"out", TemporaryFolder() + "/o"}};
  EXPECT_THAT(RunRanks(2, Program(options)),
              Each(AllOf(Field(&RankResult::exit_code, 3),
                         Field(&RankResult::err, HasSubstr("different models")))));
}

TEST(PipelineTest, EqualsOneProcess) {
  EXPECT_LT(DifferenceFromOneProcess(2, {{"kind", "model"}, {"micro_batches", 4}}), 1e-9);
}

TEST(PipelineTest, SumsGradientsOfWhatStagesShare) {
  EXPECT_LT(DifferenceFromOneProcess(2, {{"kind", "model"},
                                         {"layers", 3},
                                         {"layer_of_depth", {0, 0, 0}},
                                         {"tied", true},
                                         {"micro_batches", 3}}),
            1e-9);
}

TEST(PipelineTest, EqualsOneProcessOnThreeStages) {
  EXPECT_LT(DifferenceFromOneProcess(3, {{"kind", "model"},
                                         {"layers", 4},
                                         {"layer_of_depth", {0, 1, 0, 1}},
                                         {"tied", true},
                                         {"checkpoint_every", 1},
                                         {"micro_batches", 4}}),
            1e-9);
}

TEST(PipelineTest, EqualsOneProcessWithFusedKernelsOnPackedBatches) {
  EXPECT_LT(DifferenceFromOneProcess(
                2, {{"kind", "model"}, {"fused", true}, {"packed", true}, {"micro_batches", 3}}),
            1e-9);
}

TEST(PipelineTest, EqualsOneProcessUnderAutocast) {
  EXPECT_LT(DifferenceFromOneProcess(
                2, {{"kind", "model"}, {"autocast", true}, {"micro_batches", 2}, {"updates", 5}}),
            1e-6);
}

TEST(PipelineTest, HoldsTheParametersOfItsStageAlone) {
  const std::string out = TemporaryFolder() + "/out";
  Train(2, {{"kind", "model"}, {"updates", 0}}, out);
  EXPECT_NEAR(Held(out, 0) + Held(out, 1), 1, 1e-6);
  EXPECT_LT(std::max(Held(out, 0), Held(out, 1)), 0.65);
}

// A run that rank 1 leaves.
struct LeftRun {
  std::vector<RankResult> ranks;
  double seconds_left = INFINITY;  // of rank 0, from then to its end
};

LeftRun RunLeft(Json options) {
  const std::string out = TemporaryFolder() + "/out";
  options["out"] = out;
  LeftRun run = {.ranks = RunRanks(2, Program(options), /*patience=*/std::chrono::seconds(1))};
  int64_t left_ns = 0;
  if (std::ifstream(out + ".left") >> left_ns) {
    run.seconds_left = std::chrono::duration<double>(run.ranks.at(0).ended_at.time_since_epoch() -
                                                     std::chrono::nanoseconds(left_ns))
                           .count();
  }
  return run;
}

TEST(RanksTest, FailWhereAPeerDiesWithoutWaitingForTheTimeout) {
  for (const char* kind : {"data", "model"}) {
    const LeftRun run = RunLeft({{"kind", kind}, {"die_at", 10}, {"timeout_s", 60}});
    EXPECT_EQ(run.ranks[0].exit_code, 4) << kind << run.ranks[0].err;
    EXPECT_EQ(run.ranks[1].exit_code, 128 + 9) << kind;
    EXPECT_LT(run.seconds_left, 30) << kind;
  }
}

TEST(RanksTest, FailWhereAPeerIsSilentForTheTimeout) {
  for (const char* kind : {"data", "model"}) {
    const LeftRun run =
        RunLeft({{"kind", kind}, {"silent_at", 2}, {"timeout_s", 4}, {"start_together", true}});
    EXPECT_EQ(run.ranks[0].exit_code, 4) << kind << run.ranks[0].err;
    EXPECT_EQ(run.ranks[1].exit_code, -1) << kind;
    EXPECT_LT(run.seconds_left, 30) << kind;
  }
}

TEST(RanksTest, SayWhereTheOthersDontCome) {
  const Json options = {{"kind", "data"}, {"timeout_s", 1}, {"out", TemporaryFolder() + "/out"}};
  const auto program = Program(options);
  const auto result = RunProcess(
      program, "",
      {{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "1"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("Rank 1 did not meet the other 1 of its run at 127.0.0.1:1"));
}

TEST(RanksTest, MeetUnderTorchrun) {
  const std::string out = TemporaryFolder() + "/out";
  const auto program = Program({{"kind", "data"}, {"updates", 1}, {"out", out}});
  const auto result = RunProcess({ABLATE_PYTHON, "-m", "torch.distributed.run", "--standalone",
                                  "--nproc-per-node", "2", "--no-python", program[0], program[1]});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_FALSE(ReadNumbers(out).empty());
}

}  // namespace
}  // namespace ablate::testing
