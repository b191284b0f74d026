#include "harness/report/verdict.h"

#include <algorithm>

#include "harness/report/analysis.h"
#include "harness/report/format.h"

namespace ablate {
namespace {

std::string WithoutTrailingZeros(std::string number) {
  while (number.ends_with('0')) number.pop_back();
  if (number.ends_with('.')) number.pop_back();
  return number;
}

std::string BeyondDoubt(const Summary& summary) {
  const Fastest& fastest = *summary.fastest;
  if (fastest.low && fastest.high) {
    return " (95% limits " + Limits(fastest.low, fastest.high) + ", as the best of " +
           Plural(fastest.comparisons + 1, "cell") + ")";
  }
  if (summary.ranked_seeds.size() > 1) return "";
  return std::string("; one ") + (summary.seeds.size() > 1 ? "finished " : "") +
         "seed, so no interval can be given";
}

std::string SuspicionWords(const Summary& summary) {
  for (const auto& [factor, level] : summary.cells[summary.fastest->cell].factors) {
    if (IsSuspect(summary, factor, level)) {
      return " No speed-up to rely on: a suspected correctness bug in " + factor + "=" + level +
             ".";
    }
  }
  return "";
}

}  // namespace

bool IsSuspect(const Summary& summary, const std::string& factor, const std::string& level) {
  return std::ranges::any_of(summary.equivalence, [&](const EquivalenceCheck& check) {
    return check.verdict == EquivalenceCheck::Verdict::kDifferent && check.factor == factor &&
           check.level == level;
  });
}

std::string TargetWords(const Summary& summary) {
  return summary.target_metric + " " + WithoutTrailingZeros(Fixed(summary.target_value, 4));
}

std::string NoOtherCell(const Summary& summary) {
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    if (!ReachedInEverySeed(summary, i))
      return "among the cells that reached the target in every seed no other";
  }
  return "no other cell";
}

std::string SpeedupWords(const Fastest& fastest) {
  if (!fastest.speedup) return "";
  const std::string words = TimeWords(1 / *fastest.speedup);
  if (words == "no difference") return "as fast as the baseline";
  const std::string bound = fastest.bound == Bound::kAtLeast ? "at least " : "";
  return bound + words + " than the baseline";
}

std::string VerdictLine(const Summary& summary) {
  if (summary.recorded_runs == 0) return "No run has a record yet; there is nothing to compare.";
  if (!summary.fastest) {
    return "No cell reached " + TargetWords(summary) + " in every seed (" +
           std::to_string(summary.reached_runs) + " of " + Plural(summary.recorded_runs, "run") +
           " did).";
  }
  const CellSummary& cell = summary.cells[summary.fastest->cell];
  std::string line = "Fastest: " + cell.short_name + ", " + Show(cell.time_to_target_s, &Duration) +
                     " to " + TargetWords(summary);
  if (cell.baseline) return line + "; " + NoOtherCell(summary) + " beats the baseline.";
  const std::string speedup = SpeedupWords(*summary.fastest);
  return line + (speedup.empty() ? "" : ", " + speedup + BeyondDoubt(summary)) + "." +
         SuspicionWords(summary);
}

}  // namespace ablate
