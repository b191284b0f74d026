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

// What a run that stopped before the target says of a response.
enum class AtStop {
  kTotal,    // summed up on the way to the target (time, examples, energy): at least so much, and
             // nothing where the run diverged, which never gets there
  kOutcome,  // of the model where training ended, at the target or not (BLEU, losses): known
  kRate      // an example, a second, or a peak: known, and much the same whatever the target is
};

struct Response {
  std::string_view name;            // as in summary.json
  Estimate CellSummary::*estimate;  // where a cell keeps its mean
  std::optional<Observation> (*observe)(const Record&);
  AtStop at_stop = AtStop::kRate;
  bool geometric = true;  // else cells' means are arithmetic (BLEU, losses); ratios never are
  bool compared = false;  // effects are worked out for it

  bool of_target() const { return at_stop == AtStop::kTotal; }
};

// Every response, in the order in which summary.json holds their effects.
std::span<const Response> AllResponses();
const Response& TimeToTarget();
const Response& ExamplesToTarget();

// True for a run that says something about its cell; false for one that was broken off by
// something else (failed, timed out, invalid, interrupted) or skipped.
bool IsEvidence(Status status);

}  // namespace ablate
