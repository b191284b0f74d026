// What a plan will take, and what it can show, from the records that there are before it is run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/run/record.h"

namespace ablate {

// Wall-clock time, one run after the other.
struct TimeForecast {
  double seconds = 0;      // of the runs that have no final record yet
  double all_seconds = 0;  // of all runs
  int64_t runs_left = 0;
  int64_t records = 0;  // that it was taken from
  int64_t guessed = 0;  // cells without a record, which are given the mean of the others
};
// By each cell's mean time. Absent where no record is of one of the plan's cells.
std::optional<TimeForecast> ForecastTime(const Plan& plan, const std::vector<Record>& records);

// How long a run with these settings takes at most, extrapolated to max_epochs or max_seconds from
// a short run, `record`: `epoch_examples` are those of its corpus. Absent where the run did not
// train.
std::optional<double> LongestRun(const Settings& settings, const Record& record,
                                 int64_t epoch_examples);

// The standard deviations, between seeds, of log ratios of times.
struct ContrastSpread {
  double cell = 0;                      // of one cell over the baseline
  std::optional<double> marginal = {};  // of a level's average; none where the design has none
  int64_t contexts = 1;                 // that such an average is over, at the least
  bool measured = false;                // else from kAssumedSpread
};
inline constexpr double kAssumedSpread = 0.05;  // of the times of one cell's runs

// From records of the target's time where two seeds or more of a cell and of the baseline have
// reached it, else from the assumption that runs vary independently.
ContrastSpread SpreadOfContrasts(const Suite& suite, const Plan& plan,
                                 const std::vector<Record>& records);

// What `ablate plan` prints below the plan: the least ratios that the design finds with 80% power.
std::string DescribePower(const Suite& suite, const ContrastSpread& spread);
std::string DescribeTime(const TimeForecast& forecast);

}  // namespace ablate
