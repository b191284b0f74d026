#include "harness/report/notes.h"

#include <algorithm>
#include <set>
#include <string>

#include "harness/report/effects.h"
#include "harness/report/format.h"

namespace ablate {
namespace {

// A design that misses effects of this ratio says so before it shows any.
constexpr double kDetectable = 1.25;

bool HasTime(const CellSummary& cell) {
  return cell.time_to_target_s.mean || cell.time_to_target_s.at_least;
}

void NoteOneSeed(Summary& summary) {
  if (summary.seeds.size() != 1) return;
  summary.notes.push_back(
      "One seed: there is no measure of how much a repetition would differ, so no interval is "
      "given and nothing can be told apart with confidence.");
}

// The level whose effect on time is the hardest to see with so many seeds.
void NoteSmallEffects(Summary& summary) {
  const Effect* hardest = nullptr;
  for (const Effect* effect : MainEffects(summary, "time_to_target_s")) {
    if (!effect->ratio.detectable) continue;
    if (hardest == nullptr || *effect->ratio.detectable > *hardest->ratio.detectable) {
      hardest = effect;
    }
  }
  if (hardest == nullptr || *hardest->ratio.detectable < kDetectable) return;
  summary.notes.push_back(
      "With " + Plural(static_cast<int64_t>(summary.seeds.size()), "seed") +
      " this design can't support a claim about small effects: an effect on time to target that " +
      "varies from seed to seed as that of " + hardest->factor + "=" + hardest->level +
      " does is found with 80% power only from " + Multiple(*hardest->ratio.detectable) +
      " on. More seeds find smaller ones.");
}

void NoteSuspectedBugs(Summary& summary) {
  for (const EquivalenceCheck& check : summary.equivalence) {
    if (check.verdict != EquivalenceCheck::Verdict::kDifferent) continue;
    summary.notes.push_back("Suspected correctness bug: " + check.factor + "=" + check.level +
                            " must not change what is learned, but does (see Equivalence). What "
                            "it does to time is no speed-up.");
  }
}

void NoteMissingRuns(Summary& summary) {
  if (summary.recorded_runs >= summary.planned_runs) return;
  summary.notes.push_back(std::to_string(summary.planned_runs - summary.recorded_runs) + " of " +
                          std::to_string(summary.planned_runs) +
                          " planned runs have no record yet.");
}

void NoteNoBaseline(Summary& summary) {
  if (summary.recorded_runs == 0) return;
  if (summary.baseline && HasTime(summary.cells[*summary.baseline])) return;
  summary.notes.push_back(
      "The baseline has no time to target, so no cell's speed-up over it is known.");
}

void NoteEnvironments(const std::vector<Record>& records, Summary& summary) {
  std::set<std::string> environments;
  for (const Record& record : records) {
    if (!record.environment.empty()) environments.insert(record.environment);
  }
  if (environments.size() < 2) return;
  summary.notes.push_back("The runs were measured in " + std::to_string(environments.size()) +
                          " environments that differ; times may not be comparable.");
}

}  // namespace

void AddNotes(const std::vector<Record>& records, Summary& summary) {
  NoteSuspectedBugs(summary);
  NoteOneSeed(summary);
  NoteSmallEffects(summary);
  NoteMissingRuns(summary);
  NoteNoBaseline(summary);
  NoteEnvironments(records, summary);
}

}  // namespace ablate
