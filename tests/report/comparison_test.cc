#include "harness/report/comparison.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "harness/report/comparison_text.h"
#include "model/error.h"
#include "model/random.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kCells = 24;
constexpr int kSeeds = 6;
constexpr double kNoise = 0.03;  // of a run

double Normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.Uniform());
}

std::string CellNamed(int i) { return "padding=static,lr=" + std::to_string(i); }

// A suite's runs twice, the second time `slow_down` times as long in the first `slow_cells` cells.
PairedRuns Simulated(Random& random, double slow_down, int slow_cells = kCells) {
  PairedRuns runs = {.metric = "time_to_target_s"};
  for (int i = 0; i < kCells; ++i) {
    PairedCell& cell = runs.cells.emplace_back(PairedCell{.name = CellNamed(i)});
    cell.before = cell.now = cell.reached_before = cell.reached_now = kSeeds;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const double noise = kNoise * (Normal(random) - Normal(random));
      cell.contrasts.emplace_back(seed, noise + (i < slow_cells ? std::log(slow_down) : 0));
    }
  }
  return runs;
}

struct Verdicts {
  double pass = 0, regression = 0;  // shares
};

Verdicts VerdictsOn(double slow_down, int slow_cells = kCells) {
  constexpr int kRepetitions = 3000;
  Random random(7);
  Verdicts verdicts;
  for (int i = 0; i < kRepetitions; ++i) {
    const GateVerdict verdict = Compare(Simulated(random, slow_down, slow_cells), 0.05).verdict;
    verdicts.pass += verdict == GateVerdict::kPass;
    verdicts.regression += verdict == GateVerdict::kRegression;
  }
  return {verdicts.pass / kRepetitions, verdicts.regression / kRepetitions};
}

TEST(ComparisonTest, PassesWhereNothingChanged) {
  const Verdicts verdicts = VerdictsOn(1);
  EXPECT_GT(verdicts.pass, 0.95);
  EXPECT_LT(verdicts.regression, 0.02);
}

TEST(ComparisonTest, FailsASlowDownOfFifteenPercent) {
  EXPECT_GT(VerdictsOn(1.15).regression, 0.95);
}

TEST(ComparisonTest, SeesOneSlowCellAmongMany) {
  EXPECT_GT(VerdictsOn(1.25, 1).regression, 0.95);
  EXPECT_GT(VerdictsOn(0.8).pass, 0.95) << "faster is no regression";
}

TEST(ComparisonTest, SeldomDecidesAtTheMargin) {
  const Verdicts verdicts = VerdictsOn(1.05);
  EXPECT_LT(verdicts.pass, 0.05);
  EXPECT_LT(verdicts.regression, 0.06) << "2.5% of the mean, and 2.5% of the cells";
}

Record RunOf(const std::string& cell, uint64_t seed, double time_s) {
  Record record;
  record.cell = cell;
  record.cell_id = "id-" + cell;
  record.run_id = record.cell_id + "-s" + std::to_string(seed);
  record.seed = seed;
  record.status = Status::kReached;
  record.time_to_target_s = time_s;
  record.time.train_s = time_s;
  record.throughput.target_tokens_per_s = 1000 / time_s;
  return record;
}

// Two cells, three seeds, a spread of 2%.
std::vector<Record> Runs(double factor = 1) {
  std::vector<Record> records;
  for (const char* cell : {"a", "b"})
    for (uint64_t seed = 1; seed <= 3; ++seed)
      records.push_back(RunOf(cell, seed, factor * (10 + 0.2 * static_cast<double>(seed))));
  return records;
}

Comparison Compared(const std::vector<Record>& baseline, const std::vector<Record>& now,
                    const std::string& metric = "time_to_target_s") {
  return Compare(PairRuns(baseline, now, ResponseNamed(metric)), 0.05);
}

void Stop(Record& record, Status status) {
  record.status = status;
  record.time_to_target_s.reset();
}

TEST(ComparisonTest, PassesRunsThatAreTheSame) {
  const Comparison comparison = Compared(Runs(), Runs());
  EXPECT_EQ(comparison.verdict, GateVerdict::kPass);
  EXPECT_EQ(comparison.overall.mean, 0);
  EXPECT_EQ(comparison.cells_in_mean, 2);
  EXPECT_EQ(comparison.seeds, 3);
}

TEST(ComparisonTest, TakesTheMeanOverCellsOfEachSeed) {
  std::vector<Record> now = Runs();
  now[0].time_to_target_s = *now[0].time_to_target_s * 1.5;  // a, seed 1
  const Comparison comparison = Compared(Runs(), now);
  const std::vector<double> means = {std::log(1.5) / 2, 0, 0};
  const Interval expected = MeanInterval(means);
  EXPECT_NEAR(comparison.overall.mean, expected.mean, 1e-12);
  EXPECT_NEAR(*comparison.overall.low, *expected.low, 1e-12);
  EXPECT_NEAR(*comparison.overall.high, *expected.high, 1e-12);
  EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive);
  EXPECT_THAT(comparison.doubts, ElementsAre(HasSubstr("more seeds would tell")));
  // One variance over both cells: 4 degrees of freedom, half of it from a cell without any.
  const double sum = 2 * std::pow(std::log(1.5), 2) / 3;
  const double width = StudentTQuantile(1 - 0.05 / 4, 4) * std::sqrt(sum / 4 / 3);
  EXPECT_NEAR(*comparison.cells[1].worsening.high, width, 1e-9);
}

TEST(ComparisonTest, KnowsWhereMoreIsBetter) {
  const Comparison slower = Compared(Runs(), Runs(1.2), "target_tokens_per_s");
  EXPECT_EQ(slower.verdict, GateVerdict::kRegression);
  EXPECT_NEAR(slower.overall.mean, std::log(1.2), 1e-12);
  EXPECT_NEAR(ToJson(slower)["overall"]["ratio"].get<double>(), 1 / 1.2, 1e-12);
  EXPECT_EQ(Compared(Runs(), Runs(0.8), "target_tokens_per_s").verdict, GateVerdict::kPass);
}

TEST(ComparisonTest, DoubtsOneSeed) {
  const std::vector<Record> one = {RunOf("a", 1, 10)};
  const Comparison comparison = Compared(one, {RunOf("a", 1, 30)});
  EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive);
  EXPECT_FALSE(comparison.overall.low);
  EXPECT_THAT(comparison.doubts, ElementsAre(HasSubstr("One seed gives no interval")));
}

TEST(ComparisonTest, FailsACellThatNeverReachesTheTargetAnyMore) {
  for (const Status status : {Status::kNotReached, Status::kDiverged, Status::kOutOfMemory}) {
    std::vector<Record> now = Runs();
    for (size_t i = 0; i < 3; ++i) Stop(now[i], status);
    const Comparison comparison = Compared(Runs(), now);
    EXPECT_EQ(comparison.verdict, GateVerdict::kRegression) << Name(status);
    EXPECT_THAT(comparison.regressions, ElementsAre("a reached the target in 3 of 3 runs before, "
                                                    "and now in none of 3 runs."));
  }
}

// Of `of` runs of one cell so many reach the target before, and none now.
Comparison NoneOf(size_t reached, uint64_t of) {
  std::vector<Record> baseline, now;
  for (const char* cell : {"a", "b"}) {
    for (uint64_t seed = 1; seed <= of; ++seed) {
      baseline.push_back(RunOf(cell, seed, 10 + 0.1 * static_cast<double>(seed)));
      now.push_back(baseline.back());
    }
  }
  for (uint64_t i = 0; i < of; ++i) {
    if (i >= reached) Stop(baseline[i], Status::kNotReached);
    Stop(now[i], Status::kNotReached);
  }
  return Compared(baseline, now);
}

TEST(ComparisonTest, FailsACellThatReachedTheTargetHoweverSeldom) {
  const std::pair<size_t, const char*> cases[] = {
      {5, "under 1%"}, {3, "1.6%"}, {1, "33%"}};  // (1 - reached / 6)^6
  for (const auto& [reached, chance] : cases) {
    const Comparison comparison = NoneOf(reached, 6);
    EXPECT_EQ(comparison.verdict, GateVerdict::kRegression) << reached;
    EXPECT_THAT(comparison.regressions,
                ElementsAre("a reached the target in " + std::to_string(reached) +
                            " of 6 runs before, and now in none of 6 runs (a chance of " + chance +
                            " where nothing changed)."));
  }
  EXPECT_EQ(NoneOf(0, 6).verdict, GateVerdict::kPass) << "it never did";
}

TEST(ComparisonTest, FailsACellWhoseMetricFellToZero) {
  const auto with_bleu = [](std::vector<double> bleu) {
    std::vector<Record> records = Runs();
    for (size_t i = 0; i < records.size(); ++i) records[i].quality.bleu = i < 3 ? bleu[i] : 20;
    return records;
  };
  const auto before = with_bleu({18, 19, 20});
  const Comparison fallen = Compared(before, with_bleu({0, 0, 0}), "bleu");
  EXPECT_EQ(fallen.verdict, GateVerdict::kRegression);
  EXPECT_THAT(fallen.regressions, ElementsAre("a has a bleu of 0 in all 3 runs that had more "
                                              "before."));
  const Comparison partly = Compared(before, with_bleu({0, 19, 20}), "bleu");
  EXPECT_EQ(partly.verdict, GateVerdict::kInconclusive);
  EXPECT_THAT(partly.doubts, ::testing::Contains("a lost its value in 1 of 3 runs."));
  EXPECT_EQ(Compared(with_bleu({0, 0, 0}), with_bleu({0, 0, 0}), "bleu").verdict,
            GateVerdict::kPass);
}

TEST(ComparisonTest, ComparesNothingThatDependsOnAnotherTarget) {
  for (const double target : {1.5, 2.5}) {  // slower for a reason, and faster for none
    std::vector<Record> baseline = Runs(), now = Runs(target == 1.5 ? 2 : 0.5);
    for (Record& record : baseline) record.target_metric = "train_loss", record.target_value = 2;
    for (Record& record : now) record.target_metric = "train_loss", record.target_value = target;
    const Comparison comparison = Compared(baseline, now);
    EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive) << target;
    EXPECT_EQ(comparison.seeds, 0);
    EXPECT_THAT(comparison.doubts, ::testing::Contains(HasSubstr(
                                       "2 cells trained for another target (a: train_loss 2.0 "
                                       "before, train_loss ")));
  }
  // A metric is another target, too; but a rate is what it was.
  std::vector<Record> now = Runs();
  for (Record& record : now) record.target_metric = "valid_loss";
  EXPECT_EQ(Compared(Runs(), now).verdict, GateVerdict::kInconclusive);
  EXPECT_EQ(Compared(Runs(), now, "target_tokens_per_s").verdict, GateVerdict::kPass);
}

TEST(ComparisonTest, BlamesNoCellForATargetThatWasMovedAway) {
  std::vector<Record> now = Runs();
  for (Record& record : now) record.target_value = 0.1, Stop(record, Status::kNotReached);
  EXPECT_THAT(Compared(Runs(), now, "target_tokens_per_s").regressions, IsEmpty());
}

TEST(ComparisonTest, DoubtsACellThatReachesTheTargetLessOften) {
  std::vector<Record> now = Runs();
  Stop(now[1], Status::kNotReached);
  const Comparison comparison = Compared(Runs(), now);
  EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive);
  EXPECT_THAT(comparison.doubts, ElementsAre("a lost its value in 1 of 3 runs."));
}

TEST(ComparisonTest, TakesNoOffenceAtCellsThatNeverReachedTheTarget) {
  std::vector<Record> baseline = Runs();
  for (size_t i = 0; i < 3; ++i) Stop(baseline[i], Status::kNotReached);
  EXPECT_EQ(Compared(baseline, Runs()).verdict, GateVerdict::kPass) << "better than before";
  EXPECT_EQ(Compared(baseline, baseline).verdict, GateVerdict::kPass);
  EXPECT_EQ(Compared(baseline, baseline).cells_in_mean, 1);
}

TEST(ComparisonTest, NeverTakesAFailureForAFastTime) {
  for (const Status status :
       {Status::kFailed, Status::kTimedOut, Status::kInvalid, Status::kInterrupted}) {
    std::vector<Record> now = Runs();
    now[2].status = status;  // whatever times stand in it
    const Comparison comparison = Compared(Runs(), now);
    EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive) << Name(status);
    EXPECT_THAT(comparison.doubts, ElementsAre(HasSubstr("a has 1 of 3 runs missing")));
  }
}

TEST(ComparisonTest, DoubtsMissingCells) {
  const std::vector<Record> all = Runs();
  const std::vector<Record> only_a(all.begin(), all.begin() + 3);
  const Comparison missing = Compared(all, only_a);
  EXPECT_EQ(missing.verdict, GateVerdict::kInconclusive);
  EXPECT_THAT(missing.doubts, ElementsAre(HasSubstr("b has no finished run")));
  std::vector<Record> skipped = all;
  for (size_t i = 3; i < 6; ++i) skipped[i].status = Status::kSkipped;
  EXPECT_EQ(Compared(all, skipped).verdict, GateVerdict::kInconclusive);
  const Comparison added = Compared(only_a, all);
  EXPECT_EQ(added.verdict, GateVerdict::kPass);
  EXPECT_THAT(added.notes, ElementsAre(HasSubstr("1 cell of the new runs alone: b")));
}

TEST(ComparisonTest, PairsTheSeedsThatBothSidesHave) {
  std::vector<Record> now = Runs();
  std::erase_if(now, [](const Record& record) { return record.seed == 2; });
  const Comparison comparison = Compared(Runs(), now);
  EXPECT_EQ(comparison.verdict, GateVerdict::kInconclusive);
  EXPECT_EQ(comparison.seeds, 2);
  EXPECT_THAT(comparison.doubts, ElementsAre("No new run has a seed that the baseline has: 2."));
  const Comparison more = Compared(now, Runs());
  EXPECT_EQ(more.verdict, GateVerdict::kPass) << "seeds that only the new runs have";
  EXPECT_THAT(more.notes, ElementsAre("Seeds that the baseline lacks are left out: 2."));
  for (Record& record : now) record.seed += 10;
  EXPECT_EQ(Compared(Runs(), now).verdict, GateVerdict::kInconclusive) << "nothing in common";
}

TEST(ComparisonTest, SaysThatSettingsChanged) {
  std::vector<Record> now = Runs();
  for (Record& record : now) record.cell_id += "x";
  EXPECT_THAT(Compared(Runs(), now).notes, ElementsAre(HasSubstr("2 cells trained with other")));
}

TEST(ComparisonTest, NamesTheMetricsThatThereAre) {
  try {
    ResponseNamed("time_to_target");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'time_to_target_s'"));
  }
}

TEST(ComparisonTest, TellsMachinesApart) {
  const nlohmann::json gpu = {{"device", "cuda"},
                              {"libtorch", "2.11.0"},
                              {"cuda", {{"name", "H100"}, {"driver", "580.1"}, {"uuid", "a"}}},
                              {"host", "one"}};
  nlohmann::json other = gpu;
  other["host"] = "two";
  other["cuda"]["uuid"] = "b";
  EXPECT_THAT(DifferingMachines(gpu, other), IsEmpty()) << "another card of the same model";
  other["cuda"]["driver"] = "590.2";
  other["libtorch"] = "2.12.0";
  EXPECT_THAT(DifferingMachines(gpu, other), ElementsAre("driver: 580.1 there, 590.2 here",
                                                         "LibTorch: 2.11.0 there, 2.12.0 here"));
  const nlohmann::json cpu = {{"device", "cpu"}, {"libtorch", "2.11.0"}, {"threads", 2}};
  EXPECT_THAT(DifferingMachines(gpu, cpu), Not(IsEmpty()));
  EXPECT_THAT(DifferingMachines(cpu, nullptr), SizeIs(1));
}

TEST(ComparisonTest, PutsTheVerdictFirst) {
  const std::string text = RenderComparison(Compared(Runs(), Runs(1.2)));
  EXPECT_THAT(text,
              ::testing::StartsWith("## Gate: regression\n\n`time_to_target_s`: **1.200x** the "
                                    "baseline's (95% limits 1.200x to 1.200x) over 2 cells "
                                    "and 3 seeds; at most 1.050x is allowed.\n"));
  EXPECT_THAT(text, HasSubstr("- a alone: worse by a factor of 1.200"));
  const std::string doubtful = RenderComparison(Compared({RunOf("a", 1, 1)}, {RunOf("a", 1, 1)}));
  EXPECT_THAT(doubtful, HasSubstr("(no interval) over 1 cell and 1 seed"));
}

TEST(ComparisonTest, WritesNullWhereNothingIsKnown) {
  const auto json = ToJson(Compared({RunOf("a", 1, 1)}, {RunOf("b", 1, 1)}));
  EXPECT_EQ(json["verdict"], "inconclusive");
  EXPECT_TRUE(json["overall"]["ratio"].is_null());
  EXPECT_TRUE(json["cells"][0]["low"].is_null());
}

}  // namespace
}  // namespace ablate
