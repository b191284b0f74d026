#include "harness/report/phases.h"

#include <algorithm>
#include <iterator>

namespace ablate {
namespace {

constexpr const char* kNames[] = {"load",      "h2d",  "forward",     "backward",
                                  "optimizer", "rest", kEvaluatePhase};

}  // namespace

std::span<const char* const> PhaseNames() { return kNames; }

size_t PlaceOf(const std::string& name) {
  return static_cast<size_t>(std::ranges::find(kNames, name) - std::begin(kNames));
}

std::vector<PhaseTime> PhasesOf(const CellSummary& cell) {
  const Estimate* estimates[] = {&cell.load_s, &cell.h2d_s, &cell.forward_s, &cell.backward_s,
                                 &cell.optimizer_s};
  std::vector<PhaseTime> phases;
  double sum = 0;
  for (size_t i = 0; i < std::size(estimates); ++i) {
    if (!estimates[i]->mean) continue;
    phases.push_back({kNames[i], *estimates[i]->mean});
    sum += *estimates[i]->mean;
  }
  if (phases.empty()) return phases;
  if (cell.seconds_per_example.mean) {
    phases.push_back({"rest", std::max(0.0, *cell.seconds_per_example.mean - sum)});
  }
  const auto& evaluate = cell.evaluate_s_per_example.mean;
  if (evaluate && *evaluate > 0) phases.push_back({kEvaluatePhase, *evaluate});
  return phases;
}

}  // namespace ablate
