#include "harness/report/notes.h"

#include <algorithm>
#include <set>
#include <string>

#include "harness/plan/claims.h"
#include "harness/plan/nearest.h"
#include "harness/report/effects.h"
#include "harness/report/format.h"

namespace ablate {
namespace {

// A design that misses effects of this ratio says so before it shows any.
constexpr double kDetectable = 1.25;
constexpr size_t kNamedCells = 6;
constexpr size_t kNamedSeeds = 3;

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

// Seeds of the suite that are left out of the ranking.
void NoteUnfinishedSeeds(const Suite& suite, Summary& summary) {
  std::vector<std::string> unfinished;
  for (const uint64_t seed : summary.seeds) {
    if (std::ranges::find(suite.seeds, seed) == suite.seeds.end()) continue;
    if (std::ranges::binary_search(summary.ranked_seeds, seed)) continue;
    unfinished.push_back(std::to_string(seed));
  }
  if (unfinished.empty()) return;
  const size_t more = unfinished.size() - std::min(unfinished.size(), kNamedCells);
  unfinished.resize(unfinished.size() - more);
  summary.notes.push_back(
      "Some cells have no finished run yet of these seeds: " + Join(unfinished) +
      (more > 0 ? " and " + std::to_string(more) + " more" : "") +
      ". The cells' means, their ranking, the fastest and the front are of the other seeds; "
      "effects use whatever pairs of runs there are.");
}

// "seed 2 failed, seed 3 missing"; of many, how many there are.
std::string LackingWords(const CellSummary& cell) {
  if (cell.lacking.size() <= kNamedSeeds) return Join(cell.lacking);
  return "no result in " + Plural(static_cast<int64_t>(cell.lacking.size()), "seed");
}

// Cells that have runs, but not of every seed one that says something.
void NoteIncompleteCells(Summary& summary) {
  std::vector<std::string> cells;
  for (const CellSummary& cell : summary.cells) {
    if (cell.runs == 0 || cell.lacking.empty()) continue;
    cells.push_back(cell.short_name + " (" + LackingWords(cell) + ")");
  }
  if (cells.empty()) return;
  const size_t more = cells.size() - std::min(cells.size(), kNamedCells);
  cells.resize(cells.size() - more);
  summary.notes.push_back(
      "Ranked behind all cells that reached the target in every seed, and not to be called the "
      "fastest, however fast their other runs were: " +
      Join(cells) + (more > 0 ? " and " + std::to_string(more) + " more" : "") + ".");
}

void NoteSameRecipes(const Results& results, Summary& summary) {
  const std::string cells = CellsOfOneRecipe(results.suite, results.plan);
  if (cells.empty()) return;
  summary.notes.push_back("These cells train the same recipe: " + cells +
                          ". What differs between them is chance or the machine alone, and they "
                          "count as so many cells where claims are adjusted for their number.");
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

void AddNotes(const Results& results, Summary& summary) {
  NoteSuspectedBugs(summary);
  NoteOneSeed(summary);
  NoteSmallEffects(summary);
  NoteMissingRuns(summary);
  NoteUnfinishedSeeds(results.suite, summary);
  NoteIncompleteCells(summary);
  NoteSameRecipes(results, summary);
  NoteNoBaseline(summary);
  NoteEnvironments(results.records, summary);
}

}  // namespace ablate
