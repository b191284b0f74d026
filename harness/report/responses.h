// What is compared between cells, and what a run's record says of it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "harness/report/summary.h"
#include "harness/run/record.h"

namespace ablate {

// One run's value. Censored: the run stopped before the truth was known, which is at least `value`.
struct Observation {
  double value = 0;
  bool censored = false;
};

struct Response {
  std::string_view name;            // as in summary.json
  Estimate CellSummary::*estimate;  // where a cell keeps its mean
  std::optional<Observation> (*observe)(const Record&);
  bool geometric = true;   // else the mean is arithmetic (BLEU, losses)
  bool of_target = false;  // defined by reaching the target: a diverged run leaves no mean
  bool compared = false;   // effects are worked out for it
};

// Every response, in the order in which summary.json holds their effects.
std::span<const Response> AllResponses();
const Response& TimeToTarget();
const Response& ExamplesToTarget();

// True for a run that says something about its cell; false for one that was broken off by
// something else (failed, timed out, invalid, interrupted) or skipped.
bool IsEvidence(Status status);

}  // namespace ablate
