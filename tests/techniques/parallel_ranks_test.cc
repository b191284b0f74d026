#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
using ::testing::SizeIs;

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

// The gradients of a first update; losses, norms and parameters over 50 more; an evaluation.
double DifferenceFromOneProcess(int64_t ranks, const Json& options) {
  const std::string folder = TemporaryFolder();
  return LargestDifference(Train(ranks, options, folder + "/ranks"),
                           Train(1, options, folder + "/one"));
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

// A run that another rank leaves: rank 0's exit code and how long it took.
std::vector<RankResult> RunLeft(Json options) {
  options["out"] = TemporaryFolder() + "/out";
  options["timeout_s"] = 1;
  return RunRanks(2, Program(options), /*limit_s=*/30);
}

TEST(RanksTest, FailWhereAPeerDies) {
  for (const char* kind : {"data", "model"}) {
    const auto results = RunLeft({{"kind", kind}, {"die_at", 10}});
    ASSERT_THAT(results, SizeIs(2));
    EXPECT_EQ(results[0].exit_code, 4) << kind << results[0].err;
    EXPECT_EQ(results[1].exit_code, 128 + 9) << kind;
    EXPECT_LT(results[0].seconds, 15) << kind;
  }
}

TEST(RanksTest, FailWhereAPeerIsSilentForTheTimeout) {
  const auto results = RunLeft({{"kind", "data"}, {"silent_at", 2}});
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_EQ(results[0].exit_code, 4) << results[0].err;
  EXPECT_LT(results[0].seconds, 3.5);
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
