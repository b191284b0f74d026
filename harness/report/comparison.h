// Whether newer runs are worse than older ones of the same cells and seeds: the gate of a pipeline.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/paired_runs.h"
#include "harness/report/statistics.h"

namespace ablate {

enum class GateVerdict { kPass, kRegression, kInconclusive };
std::string_view Name(GateVerdict verdict);  // pass | regression | inconclusive

struct ComparedCell {
  std::string name;
  int64_t pairs = 0;
  // By how much it became worse, as a logarithm: its mean over seeds, with limits that hold for all
  // cells together. No meaning where there are no pairs.
  Interval worsening = {};
  bool regression = false;
};

struct Comparison {
  std::string metric;
  bool higher_is_better = false;
  double max_regression = 0;  // 0.05: 5%
  GateVerdict verdict = GateVerdict::kInconclusive;
  std::vector<std::string> regressions;  // each a sentence: why the verdict is kRegression
  std::vector<std::string> doubts;       // why it cannot be kPass
  std::vector<std::string> notes;
  // The mean over `cells_in_mean` cells of the logarithm by which they became worse, Student's
  // limits over `seeds` seeds. No meaning where there are none.
  Interval overall;
  int64_t seeds = 0, cells_in_mean = 0;
  std::vector<ComparedCell> cells;
};

// kRegression where the lower 95% limit of the overall mean is beyond `max_regression` (0.05: 5%
// worse), where one cell alone is (its limits by Bonferroni over the cells, with one variance
// pooled over them), where a cell that reached the target before, be it in one run, now does in
// none, or where more is better and a cell's metric is zero in every run that had one. kPass where
// none of that holds, the upper limit is within, and every run that the baseline has, its seeds
// too, was made anew for the same target. Else kInconclusive. The mean is over cells that have all
// of its seeds; runs for another target are in none where the metric depends on it.
Comparison Compare(const PairedRuns& runs, double max_regression);

// What of two environment.json differs that times depend on: device, its model, driver, LibTorch; a
// line each. An environment that is null differs.
std::vector<std::string> DifferingMachines(const nlohmann::json& baseline,
                                           const nlohmann::json& now);

}  // namespace ablate
