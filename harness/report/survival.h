// How many runs have not reached the target yet, where some were stopped before they could.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace ablate {

// One run: when it reached the target, or when it was stopped without (censored). In seconds or in
// examples; the unit is the caller's. A run that can never reach it (diverged) is censored at
// kNever: it stays among those that have not.
struct SurvivalTime {
  double time = 0;
  bool censored = false;
};
inline constexpr double kNever = std::numeric_limits<double>::infinity();

// The curve from `time` to the next step.
struct SurvivalStep {
  double time = 0;
  int64_t at_risk = 0;                // just before `time`: neither reached nor stopped
  int64_t reached = 0, censored = 0;  // at `time`; those stopped then were at risk still
  double unreached = 1;               // estimated share of runs that have not reached by `time`
};

// Kaplan and Meier's product-limit estimate (1958): a step at zero, where nothing is reached, and
// one at every finite time of a run, ascending. Empty for no runs.
std::vector<SurvivalStep> KaplanMeier(std::span<const SurvivalTime> runs);

// How far restricted means of these runs go: the earliest time at which one was stopped, else the
// last at which one reached (never kNever). Absent for no runs, and where all are at kNever. For
// means that are to be compared, of all the runs that are compared.
std::optional<double> RestrictionTime(std::span<const SurvivalTime> runs);

// Mean of the smaller of time to target and `tau`: the area under the curve up to `tau`, which must
// not pass the last time of a run unless all reached or one is at kNever (the curve is level
// beyond). Absent for no runs.
std::optional<double> RestrictedMean(std::span<const SurvivalTime> runs, double tau);

}  // namespace ablate
