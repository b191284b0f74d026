// What a report says, as data: the outcome of the analysis, and the shape of summary.json.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/plan/cell_name.h"
#include "harness/report/survival.h"

namespace ablate {

// A mean over a cell's runs with its 95% limits: geometric, but for BLEU and losses. Absent limits:
// the design gives none. Where a run did not reach the target there is no mean, only `at_least`.
struct Estimate {
  std::optional<double> mean, low, high, at_least;
};

// Which side of the printed value the truth lies on, where one side of a contrast is censored.
enum class Bound { kNone, kAtLeast, kAtMost };

// One cell divided by another, or one such ratio by another, paired by seed; below 1 is faster,
// smaller, fewer. Limits are Student's over the seeds' mean log ratios; absent where there is one
// seed, or a bound.
struct Ratio {
  std::optional<double> value, low, high;
  Bound bound = Bound::kNone;
  // That the truth is 1; Holm's, adjusted over its family.
  std::optional<double> p = {}, p_holm = {};
  // From 10 seeds on, beside Student's.
  std::optional<double> bootstrap_low = {}, bootstrap_high = {};
  // The least ratio above 1 that so many seeds find with 80% power.
  std::optional<double> detectable = {};
  int64_t seeds = 0;              // whose contrasts went into it
  int64_t contexts = 0;           // settings of the other factors that it averages over
  int64_t reached = 0, runs = 0;  // all runs of its cells, used or not, of whatever status
  std::string unknown = {};       // why there is no value, in words; empty where there is one
};

struct CellSummary {
  std::string name;        // "padding=dynamic,precision=amp,…"
  std::string short_name;  // "dynamic + amp"; only what differs from the baseline
  FactorLabels factors;
  bool baseline = false;
  int64_t planned = 0, runs = 0, reached = 0;  // runs: with a record, of whatever status
  // "seed 2 failed", "seed 3 missing": seeds of Summary::ranked_seeds in which no run of this cell
  // says something.
  std::vector<std::string> lacking = {};
  std::vector<std::string> run_ids;
  // Of the estimates' runs the one with the median time to target; its curve is drawn.
  std::string representative;
  bool on_front = false;  // no other cell is better in one of Summary::objectives, worse in none
  // Estimates and ratio are over the ranked seeds, so that all cells' are over the same; those of a
  // cell without a run in any of them over all its runs.
  Estimate time_to_target_s, examples_to_target, seconds_per_example;
  Estimate target_tokens_per_s, padded_tokens_per_s, padding_efficiency, update_ms_p50, mfu;
  Estimate device_peak_allocated_bytes, host_peak_rss_bytes, energy_j;
  Estimate bleu, train_loss, valid_loss, best_valid_loss;
  // Seconds of training an example by phase, and of evaluation a run.
  Estimate load_s, h2d_s, forward_s, backward_s, optimizer_s, evaluate_s;
  Estimate evaluate_s_per_example;  // of training, outside its clock
  Ratio against_baseline;           // of time to target
};

struct Effect {
  enum class Kind { kSimple, kMarginal };
  std::string response;  // a key of CellSummary: "time_to_target_s", "target_tokens_per_s", …
  std::string factor, level, against;
  Kind kind = Kind::kSimple;  // simple: all other factors at the baseline; marginal: their average
  Ratio ratio;
  int64_t planned_contexts = 0;                      // that the design has for it
  std::optional<double> examples_ratio, rate_ratio;  // of time: ratio = examples_ratio x rate_ratio
};

// How much more the level of one factor does where the other factor's level is on: a ratio of
// ratios, averaged over the settings of the remaining factors.
struct Interaction {
  std::string response;
  std::array<std::string, 2> factors, levels;
  Ratio ratio;
};

// Whether a term of the least squares model matters at all.
struct FTest {
  std::string response;
  std::vector<std::string> factors;  // one, or two that interact
  int64_t degrees = 0, residual_degrees = 0;
  std::optional<double> f, p;
};

// What a factor contributes to the speed-up from the baseline to the fastest cell.
struct Share {
  std::string factor;
  double log_share = 0;             // they sum to the logarithm of the speed-up
  std::optional<double> low, high;  // of log_share
  std::optional<double> share;      // of the sum; absent where that is zero
};
struct Shares {
  std::vector<Share> factors;
  std::string unknown;  // why there are none
};

// Whether a level that must not change what is learned keeps that promise.
struct EquivalenceCheck {
  enum class Verdict { kUnknown, kEquivalent, kDifferent, kInconclusive };
  std::string factor, level, against;
  std::optional<double> ratio, low, high, margin;  // of examples to target, 90% limits
  Verdict verdict = Verdict::kUnknown;
  std::string evidence;  // in words
};

// How many runs of a level reached the target by when, Kaplan and Meier's estimate. No intervals:
// runs of a block share their seed.
struct LevelCurve {
  std::string response;  // time_to_target_s or examples_to_target
  std::string factor, level;
  int64_t reached = 0, runs = 0;
  std::vector<SurvivalStep> steps;
  // Mean of the smaller of a run's value and `restriction`, which the factor's levels share: the
  // earliest at which a run of them was stopped without reaching, else the last that reached.
  std::optional<double> restricted_mean, restriction;
};

// The answer: the fastest cell among those that reached the target in every seed.
struct Fastest {
  size_t cell = 0;                           // index into Summary::cells
  std::optional<double> speedup, low, high;  // baseline's time / its time
  Bound bound = Bound::kNone;
  int64_t comparisons = 0;            // over which limits and not_separable are adjusted (Sidak)
  std::vector<size_t> not_separable;  // cells that the runs cannot tell from it
};

struct Summary {
  std::string suite, description, target_metric;
  double target_value = 0;
  int64_t planned_runs = 0, recorded_runs = 0, reached_runs = 0;
  std::vector<uint64_t> seeds;  // that have a record
  // Of these the suite's whose block is finished: no cell that has begun in any seed lacks its run
  // there, or was interrupted in it. By them cells are ranked and the fastest is named. Where there
  // is no such seed, all of the suite's.
  std::vector<uint64_t> ranked_seeds;
  std::vector<std::string> factors;  // in the order of the suite
  std::vector<CellSummary> cells;    // in the order of the plan
  std::optional<size_t> baseline;    // index into cells
  std::optional<Fastest> fastest;    // none: no cell reached the target in every seed
  std::vector<Effect> effects;
  std::vector<Interaction> interactions;
  std::vector<FTest> f_tests;
  Shares shares;
  std::vector<EquivalenceCheck> equivalence;
  std::vector<LevelCurve> level_curves;
  std::vector<std::string> objectives;                        // of the Pareto front: responses
  std::vector<std::pair<std::string, std::string>> excluded;  // cell, reason
  std::vector<std::string> notes;
};

}  // namespace ablate
