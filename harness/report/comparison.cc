#include "harness/report/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "harness/plan/nearest.h"
#include "harness/report/format.h"
#include "harness/report/multiplicity.h"

namespace ablate {
namespace {

std::string Listed(const std::vector<uint64_t>& seeds) {
  std::vector<std::string> texts;
  for (const uint64_t seed : seeds) texts.push_back(std::to_string(seed));
  return Join(texts);
}

// The block of seeds and cells without a gap that has the most pairs in it.
struct Block {
  std::vector<uint64_t> seeds;
  std::vector<const PairedCell*> cells;
  size_t size() const { return seeds.size() * cells.size(); }
};

bool HasAll(const PairedCell& cell, const std::vector<uint64_t>& seeds) {
  return std::ranges::all_of(seeds, [&](uint64_t seed) {
    return std::ranges::any_of(cell.contrasts, [&](const auto& c) { return c.first == seed; });
  });
}

Block LargestBlock(const PairedRuns& runs) {
  std::map<uint64_t, int64_t> pairs;
  for (const PairedCell& cell : runs.cells)
    for (const auto& [seed, contrast] : cell.contrasts) ++pairs[seed];
  std::vector<uint64_t> by_pairs;
  for (const auto& [seed, count] : pairs) by_pairs.push_back(seed);
  std::ranges::stable_sort(by_pairs, [&](uint64_t a, uint64_t b) { return pairs[a] > pairs[b]; });
  Block largest;
  std::vector<uint64_t> seeds;
  for (const uint64_t seed : by_pairs) {
    seeds.push_back(seed);
    Block block = {seeds, {}};
    for (const PairedCell& cell : runs.cells)
      if (HasAll(cell, seeds)) block.cells.push_back(&cell);
    if (block.size() >= largest.size()) largest = std::move(block);
  }
  return largest;
}

double ContrastOf(const PairedCell& cell, uint64_t seed) {
  return std::ranges::find(cell.contrasts, seed, &std::pair<uint64_t, double>::first)->second;
}

void CompareOverall(const Block& block, Comparison& comparison) {
  std::vector<double> means;
  for (const uint64_t seed : block.seeds) {
    double sum = 0;
    for (const PairedCell* cell : block.cells) sum += ContrastOf(*cell, seed);
    means.push_back(sum / static_cast<double>(block.cells.size()));
  }
  if (means.empty()) return;
  comparison.overall = MeanInterval(means);
  comparison.seeds = static_cast<int64_t>(block.seeds.size());
  comparison.cells_in_mean = static_cast<int64_t>(block.cells.size());
}

std::vector<double> Values(const PairedCell& cell) {
  std::vector<double> values;
  for (const auto& [seed, contrast] : cell.contrasts) values.push_back(contrast);
  return values;
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Half the width of a one-run cell's limits; cells of n runs have it divided by the root of n. None
// where no cell has two runs.
std::optional<double> HalfWidth(const std::vector<std::vector<double>>& groups) {
  const auto compared = std::ranges::count_if(groups, [](const auto& g) { return !g.empty(); });
  const std::optional<Spread> spread = PooledSpread(groups);
  if (!spread) return std::nullopt;
  const double tail = (1 - BonferroniConfidence(compared)) / 2;
  return StudentTQuantile(1 - tail, spread->degrees) * spread->deviation;
}

void CompareCells(const PairedRuns& runs, double margin, Comparison& comparison) {
  std::vector<std::vector<double>> groups;
  for (const PairedCell& cell : runs.cells) groups.push_back(Values(cell));
  const std::optional<double> half_width = HalfWidth(groups);
  for (size_t i = 0; i < groups.size(); ++i) {
    ComparedCell& cell = comparison.cells.emplace_back(ComparedCell{.name = runs.cells[i].name});
    cell.pairs = static_cast<int64_t>(groups[i].size());
    if (groups[i].empty()) continue;
    cell.worsening.mean = Mean(groups[i]);
    if (!half_width) continue;
    const double width = *half_width / std::sqrt(static_cast<double>(cell.pairs));
    cell.worsening.low = cell.worsening.mean - width;
    cell.worsening.high = cell.worsening.mean + width;
    cell.regression = *cell.worsening.low > margin;
  }
}

std::string FactorOf(double logarithm) { return Fixed(std::exp(logarithm), 3); }

// "worse by a factor of 1.152, at least 1.131, where 1.050 is allowed"
std::string Beyond(const Interval& worsening, double margin) {
  return "worse by a factor of " + FactorOf(worsening.mean) + ", at least " +
         FactorOf(*worsening.low) + ", where " + FactorOf(margin) + " is allowed.";
}

// "5 of 6 runs"
std::string ShareReached(const PairedCell& cell) {
  return std::to_string(cell.reached_before) + " of " + Plural(cell.before, "run");
}

// How likely the runs from before made it that none of the new ones reaches the target.
double ChanceOfNone(const PairedCell& cell) {
  const double missed =
      1 - static_cast<double>(cell.reached_before) / static_cast<double>(cell.before);
  return std::pow(missed, static_cast<double>(cell.now));
}

// True where the cell reached the target, and now does in none of its runs.
bool JudgeReaching(const PairedCell& cell, Comparison& comparison) {
  if (!cell.other_target.empty() || cell.reached_before == 0 || cell.reached_now > 0) return false;
  const double chance_of_none = ChanceOfNone(cell);
  const std::string chance =
      cell.reached_before == cell.before
          ? ""
          : " (a chance of " + (chance_of_none < 0.01 ? "under 1%" : Percent(chance_of_none)) +
                " where nothing changed)";
  comparison.regressions.push_back(cell.name + " reached the target in " + ShareReached(cell) +
                                   " before, and now in none of " + Plural(cell.now, "run") +
                                   chance + ".");
  return true;
}

// True where more is better, and every value that the cell had is now zero.
bool JudgeZeros(const PairedCell& cell, Comparison& comparison) {
  if (!comparison.higher_is_better || cell.zeros == 0) return false;
  if (cell.zeros < cell.lost || !cell.contrasts.empty()) return false;
  comparison.regressions.push_back(cell.name + " has a " + comparison.metric + " of 0 in all " +
                                   Plural(cell.zeros, "run") + " that had more before.");
  return true;
}

// What the counts of a cell's runs say before any number is looked at.
void JudgeRuns(const PairedCell& cell, Comparison& comparison) {
  if (cell.before == 0) return;
  if (cell.now == 0) {
    comparison.doubts.push_back(cell.name + " has no finished run among the new ones.");
  } else if (!JudgeReaching(cell, comparison) && !JudgeZeros(cell, comparison) && cell.lost > 0) {
    comparison.doubts.push_back(cell.name + " lost its value in " + std::to_string(cell.lost) +
                                " of " + Plural(cell.now, "run") + ".");
  }
  if (cell.now > 0 && cell.now < cell.before) {
    comparison.doubts.push_back(cell.name + " has " + std::to_string(cell.before - cell.now) +
                                " of " + Plural(cell.before, "run") +
                                " missing or unfinished among the new ones.");
  }
}

// Of a rate or a peak another target is a change of settings like others: a note.
void JudgeTargets(const PairedRuns& runs, Comparison& comparison) {
  const auto differs = [](const PairedCell& cell) { return !cell.other_target.empty(); };
  const auto first = std::ranges::find_if(runs.cells, differs);
  if (first == runs.cells.end() || !runs.depends_on_target) return;
  const auto count = std::ranges::count_if(runs.cells, differs);
  comparison.doubts.push_back(
      Plural(count, "cell") + " trained for another target (" + first->name + ": " +
      first->other_target + "), so " + runs.metric +
      " can't be compared there. Make the baseline anew with the target of the new runs.");
}

void JudgeSeeds(const PairedRuns& runs, Comparison& comparison) {
  if (runs.missing_seeds.empty()) return;
  comparison.doubts.push_back(
      "No new run has a seed that the baseline has: " + Listed(runs.missing_seeds) + ".");
}

void JudgeOverall(double margin, Comparison& comparison) {
  const Interval& overall = comparison.overall;
  if (comparison.seeds == 0) {
    comparison.doubts.push_back("No cell has the metric on both sides.");
  } else if (!overall.low) {
    comparison.doubts.push_back("One seed gives no interval: runs of two seeds are needed.");
  } else if (*overall.low > margin) {
    comparison.regressions.push_back("Over all cells: " + Beyond(overall, margin));
  } else if (*overall.high >= margin) {
    comparison.doubts.push_back("Over all cells it may be worse by a factor of " +
                                FactorOf(*overall.high) + ", where " + FactorOf(margin) +
                                " is allowed: more seeds would tell.");
  }
}

void JudgeCells(double margin, Comparison& comparison) {
  for (const ComparedCell& cell : comparison.cells) {
    if (!cell.regression) continue;
    comparison.regressions.push_back(cell.name + " alone: " + Beyond(cell.worsening, margin));
  }
}

void AddNotes(const PairedRuns& runs, Comparison& comparison) {
  const auto count = [](const auto& items) { return static_cast<int64_t>(items.size()); };
  if (!runs.added.empty()) {
    comparison.notes.push_back(Plural(count(runs.added), "cell") +
                               " of the new runs alone: " + Join(runs.added) + ".");
  }
  if (!runs.added_seeds.empty()) {
    comparison.notes.push_back(
        "Seeds that the baseline lacks are left out: " + Listed(runs.added_seeds) + ".");
  }
  if (!runs.other_settings.empty()) {
    comparison.notes.push_back(Plural(count(runs.other_settings), "cell") +
                               " trained with other settings before, " +
                               runs.other_settings.front() + " among them.");
  }
  for (const PairedCell& cell : runs.cells) {
    if (cell.before == 0)
      comparison.notes.push_back(cell.name + " had no finished run before: nothing to compare.");
  }
}

std::string At(const nlohmann::json& environment, const char* path) {
  const nlohmann::json::json_pointer pointer(path);
  if (!environment.is_object() || !environment.contains(pointer)) return "";
  const nlohmann::json& value = environment[pointer];
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

}  // namespace

std::string_view Name(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kPass:
      return "pass";
    case GateVerdict::kRegression:
      return "regression";
    case GateVerdict::kInconclusive:
      break;
  }
  return "inconclusive";
}

Comparison Compare(const PairedRuns& runs, double max_regression) {
  const double margin = std::log1p(max_regression);
  Comparison comparison;
  comparison.metric = runs.metric;
  comparison.higher_is_better = runs.higher_is_better;
  comparison.max_regression = max_regression;
  CompareOverall(LargestBlock(runs), comparison);
  CompareCells(runs, margin, comparison);
  JudgeOverall(margin, comparison);
  JudgeCells(margin, comparison);
  JudgeTargets(runs, comparison);
  JudgeSeeds(runs, comparison);
  for (const PairedCell& cell : runs.cells) JudgeRuns(cell, comparison);
  AddNotes(runs, comparison);
  if (!comparison.regressions.empty())
    comparison.verdict = GateVerdict::kRegression;
  else if (comparison.doubts.empty())
    comparison.verdict = GateVerdict::kPass;
  return comparison;
}

std::vector<std::string> DifferingMachines(const nlohmann::json& baseline,
                                           const nlohmann::json& now) {
  if (!baseline.is_object() || !now.is_object())
    return {"environment: nothing tells where one side was measured"};
  struct Part {
    const char *what, *path;
  };
  constexpr Part kParts[] = {{"device", "/device"},
                             {"GPU", "/cuda/name"},
                             {"driver", "/cuda/driver"},
                             {"LibTorch", "/libtorch"}};
  std::vector<std::string> differences;
  const auto compare = [&](const Part& part) {
    const std::string a = At(baseline, part.path);
    const std::string b = At(now, part.path);
    const auto shown = [](const std::string& text) { return text.empty() ? "none" : text; };
    if (a != b)
      differences.push_back(std::string(part.what) + ": " + shown(a) + " there, " + shown(b) +
                            " here");
  };
  for (const Part& part : kParts) compare(part);
  if (At(now, "/device") == "cpu") {  // the device is the processor
    compare({"CPU", "/cpu/model"});
    compare({"threads", "/threads"});
  }
  return differences;
}

}  // namespace ablate
