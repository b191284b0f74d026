// What a report says, as data: the outcome of the analysis, and the shape of summary.json.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/plan/cell_name.h"

namespace ablate {

// A mean over a cell's runs with its 95% limits: geometric, but for BLEU and losses. Absent limits:
// the design gives none. Where a run did not reach the target there is no mean, only `at_least`.
struct Estimate {
  std::optional<double> mean, low, high, at_least;
};

// Which side of the printed value the truth lies on, where one side of a contrast is censored.
enum class Bound { kNone, kAtLeast, kAtMost };

// One cell divided by another, paired by seed; below 1 is faster, smaller, fewer.
struct Ratio {
  std::optional<double> value, low, high;
  Bound bound = Bound::kNone;
  int64_t seeds = 0;     // contrasts that went into it
  int64_t contexts = 0;  // settings of the other factors that it averages over
};

struct CellSummary {
  std::string name;        // "padding=dynamic,precision=amp,…"
  std::string short_name;  // "dynamic + amp"; only what differs from the baseline
  FactorLabels factors;
  bool baseline = false;
  int64_t planned = 0, runs = 0, reached = 0;  // runs: with a record, of whatever status
  std::vector<std::string> run_ids;
  std::string representative;  // the run with the median time to target; its curve is drawn
  Estimate time_to_target_s, examples_to_target, seconds_per_example;
  Estimate target_tokens_per_s, padded_tokens_per_s, padding_efficiency, update_ms_p50, mfu;
  Estimate device_peak_allocated_bytes, host_peak_rss_bytes, energy_j;
  Estimate bleu, train_loss, valid_loss, best_valid_loss;
  Ratio against_baseline;  // of time to target
};

struct Effect {
  enum class Kind { kSimple, kMarginal };
  std::string response;  // a key of CellSummary: "time_to_target_s", "target_tokens_per_s", …
  std::string factor, level, against;
  Kind kind = Kind::kSimple;  // simple: all other factors at the baseline; marginal: their average
  Ratio ratio;
  int64_t planned_contexts =
      0;  // pairs of cells that the plan has for it; ratio.contexts were usable
  std::optional<double> examples_ratio, rate_ratio;  // of time: ratio = examples_ratio x rate_ratio
};

// The answer: the fastest cell among those that reached the target in every run.
struct Fastest {
  size_t cell = 0;                           // index into Summary::cells
  std::optional<double> speedup, low, high;  // baseline's time / its time
  Bound bound = Bound::kNone;
  std::vector<size_t> not_separable;  // cells that the runs cannot tell from it
};

struct Summary {
  std::string suite, description, target_metric;
  double target_value = 0;
  int64_t planned_runs = 0, recorded_runs = 0, reached_runs = 0;
  std::vector<uint64_t> seeds;       // that have a record
  std::vector<std::string> factors;  // in the order of the suite
  std::vector<CellSummary> cells;    // in the order of the plan
  std::optional<size_t> baseline;    // index into cells
  std::optional<Fastest> fastest;    // none: no cell reached the target in every run
  std::vector<Effect> effects;
  std::vector<std::pair<std::string, std::string>> excluded;  // cell, reason
  std::vector<std::string> notes;
};

}  // namespace ablate
