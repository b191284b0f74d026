// The first screen and the leaderboard.
#include <algorithm>

#include "harness/plan/nearest.h"
#include "harness/report/analysis.h"
#include "harness/report/effects.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/report.h"
#include "harness/report/verdict.h"

namespace ablate {
namespace {

constexpr size_t kNamedInVerdict = 6;

std::string Words(const Summary& summary, const Effect& like, const char* response) {
  const Effect* effect = FindEffect(summary, like, response);
  return effect == nullptr ? kAbsent : AmountRatio(effect->ratio);
}

std::string Answer(const Summary& summary) {
  const Fastest& fastest = *summary.fastest;
  const CellSummary& cell = summary.cells[fastest.cell];
  std::string text = "**Fastest: " + Escape(cell.short_name) + "** reaches " +
                     Escape(TargetWords(summary)) + " in **" +
                     ShowWithLimits(cell.time_to_target_s, &Duration) + "** of training";
  const std::string speedup = SpeedupWords(fastest);
  if (!cell.baseline && !speedup.empty()) {
    const CellSummary& baseline = summary.cells[*summary.baseline];
    text += ", **" + speedup + "** (" + Show(baseline.time_to_target_s, &Duration) + ")";
  }
  text += cell.baseline ? "; " + NoOtherCell(summary) + " is faster than it.\n" : ".\n";
  if (fastest.low && fastest.high && !cell.baseline) {
    text += "95% limits of the speed-up, as the best of " +
            Plural(fastest.comparisons + 1, "cell") + ": " + Limits(fastest.low, fastest.high) +
            ".\n";
  }
  return text;
}

std::string Named(const Summary& summary, const std::vector<size_t>& cells) {
  std::string text;
  for (size_t i = 0; i < std::min(cells.size(), kNamedInVerdict); ++i) {
    text += (i == 0 ? "" : ", ") + ("*" + Escape(summary.cells[cells[i]].short_name) + "*");
  }
  if (cells.size() <= kNamedInVerdict) return text;
  return text + " and " + std::to_string(cells.size() - kNamedInVerdict) +
         " more (see summary.json)";
}

std::string Doubt(const Summary& summary) {
  if (summary.ranked_seeds.size() < 2) {
    return std::string(summary.seeds.size() < 2 ? "Every cell ran with one seed only"
                                                : "One seed alone has all of its runs") +
           ", so **no interval can be given, and none is**: how "
           "much a repetition would differ was not measured, and small differences below may be "
           "chance. More seeds in the suite give intervals.\n";
  }
  std::vector<size_t> timed, stopped;
  for (const size_t cell : summary.fastest->not_separable) {
    (summary.cells[cell].time_to_target_s.mean ? timed : stopped).push_back(cell);
  }
  if (timed.empty() && stopped.empty()) {
    return "Every other cell that has a time is slower, with 95% confidence for all at once.\n";
  }
  std::string text;
  if (!timed.empty()) {
    text = "These runs cannot tell it from " + Named(summary, timed) +
           " (95% confidence for all cells at once).\n";
  }
  if (!stopped.empty()) {
    text += "These runs cannot rule out " + Named(summary, stopped) +
            ", of which runs stopped before the target.\n";
  }
  return text;
}

std::string Facts(const ReportInput& input) {
  const Summary& s = input.summary;
  return std::to_string(s.reached_runs) + " of " + Plural(s.recorded_runs, "run") +
         " reached the target: " + Plural(static_cast<int64_t>(s.cells.size()), "cell") + ", " +
         Plural(static_cast<int64_t>(s.seeds.size()), "seed") +
         (s.excluded.empty()
              ? ""
              : ", " + Plural(static_cast<int64_t>(s.excluded.size()), "cell") + " skipped") +
         ". Every number is in [summary.json](summary.json).\n";
}

// A level of the fastest cell that changes what is learned though it must not.
std::string Suspicion(const Summary& summary) {
  for (const auto& [factor, level] : summary.cells[summary.fastest->cell].factors) {
    if (!IsSuspect(summary, factor, level)) continue;
    return "**Suspected correctness bug:** " + Escape(factor + "=" + level) +
           " is compared with a level that should learn the same and does not (see "
           "[Equivalence](#equivalence)), so this is no speed-up until that is explained.\n";
  }
  return "";
}

std::string Contributions(const Summary& summary) {
  Table table({"technique", "level", "instead of", "time to target", "95% limits", ">reached",
               "peak memory", "real tokens a second"});
  const std::vector<const Effect*> effects = MainEffects(summary, "time_to_target_s");
  const auto is_marginal = [](const Effect* e) { return e->kind == Effect::Kind::kMarginal; };
  const bool marginal = std::ranges::any_of(effects, is_marginal);
  const bool mixed = marginal && !std::ranges::all_of(effects, is_marginal);
  for (const Effect* effect : effects) {
    const char* memory = FindEffect(summary, *effect, "device_peak_allocated_bytes") != nullptr
                             ? "device_peak_allocated_bytes"
                             : "host_peak_rss_bytes";
    const bool suspect = IsSuspect(summary, effect->factor, effect->level);
    table.AddRow(
        {Escape(effect->factor),
         "**" + Escape(effect->level) + "**" + (mixed && !is_marginal(effect) ? " (alone)" : ""),
         Escape(effect->against), suspect ? "**suspected bug**" : TimeRatio(effect->ratio),
         suspect ? kAbsent : Limits(effect->ratio.low, effect->ratio.high),
         Reached(effect->ratio.reached, effect->ratio.runs), Words(summary, *effect, memory),
         Words(summary, *effect, "target_tokens_per_s")});
  }
  if (table.empty()) return "";
  return "### What each technique contributed\n\n" + table.ToString() + "\n" +
         (marginal ? "Averaged over all settings of the other techniques"
                   : "Each alone, everything else as in the baseline") +
         (mixed ? "; *alone*: in the baseline, where a cell that the average needs has no value"
                : "") +
         ". 0.50x the time is half the time.\n";
}

std::string Notes(const Summary& summary) {
  std::string text;
  for (const std::string& note : summary.notes) text += "> - " + Escape(note) + "\n";
  return text.empty() ? "" : "> **Notes**\n" + text;
}

}  // namespace

std::string VerdictSection(const ReportInput& input) {
  const Summary& summary = input.summary;
  std::string text = "# " + Escape(summary.suite) + "\n\n";
  if (!summary.description.empty()) text += Escape(summary.description) + "\n\n";
  if (!summary.fastest) {
    text += "**" + Escape(VerdictLine(summary)) + "**\n\n";
  } else {
    text += Answer(summary) + "\n" + Suspicion(summary) + "\n" + Doubt(summary) + "\n";
  }
  if (summary.recorded_runs > 0) text += Facts(input) + "\n";
  const std::string contributions = Contributions(summary);
  if (!contributions.empty()) text += contributions + "\n";
  text += PlotOf(input, "time_to_target");
  const std::string notes = Notes(summary);
  if (!notes.empty()) text += notes;
  return text;
}

namespace {

std::string Front(const Summary& summary) {
  std::vector<std::string> words;
  for (const std::string& objective : summary.objectives) {
    words.push_back(objective == "time_to_target_s" ? "time to target"
                    : objective == "bleu"           ? "BLEU"
                    : objective == "valid_loss"     ? "validation loss"
                                                    : "peak memory");
  }
  if (words.empty()) return "";
  return "●: on the Pareto front of " + Join(words) +
         ": by the means, no other cell is as good in all and better in one. ";
}

// A cell that has runs, but not of every seed.
bool AnyIncomplete(const Summary& summary) {
  return std::ranges::any_of(summary.cells, [](const CellSummary& cell) {
    return cell.runs > 0 && !cell.lacking.empty();
  });
}

}  // namespace

std::string LeaderboardSection(const ReportInput& input) {
  const Summary& summary = input.summary;
  if (summary.recorded_runs == 0) return "";
  Table table({">#", "cell", ">reached", ">time to target", "against the baseline", "95% limits",
               ">examples", ">tokens/s", ">peak memory", ">BLEU", ">valid loss", "front"});
  size_t place = 0;
  for (const size_t index : Ranking(summary)) {
    const CellSummary& cell = summary.cells[index];
    const Estimate& memory = cell.device_peak_allocated_bytes.mean
                                 ? cell.device_peak_allocated_bytes
                                 : cell.host_peak_rss_bytes;
    const auto two = [](double value) { return Fixed(value, 2); };
    const auto one = [](double value) { return Fixed(value, 1); };
    table.AddRow({std::to_string(++place), CellName(cell), Reached(cell.reached, cell.runs),
                  Show(cell.time_to_target_s, &Duration),
                  cell.baseline ? "1.00x" : TimeRatio(cell.against_baseline),
                  Limits(cell.against_baseline.low, cell.against_baseline.high),
                  Show(cell.examples_to_target, &Count), Show(cell.target_tokens_per_s, &Count),
                  Show(memory, &Bytes), Show(cell.bleu, one), Show(cell.valid_loss, two),
                  cell.on_front ? "●" : kAbsent});
  }
  std::string baseline;
  if (summary.baseline) {
    baseline = "Cells are named by what differs from the baseline, which is `" +
               summary.cells[*summary.baseline].name + "`. ";
  }
  return "## Leaderboard\n\n" + table.ToString() + "\n" + baseline +
         "Times are geometric means over seeds; \"at least\" stands where a run stopped before "
         "the target. " +
         (AnyIncomplete(summary)
              ? "Cells that lack a run of a seed stand behind those that reached "
                "the target in every seed. "
              : "") +
         Front(summary) + "The runs behind each line are [below](#runs).\n";
}

}  // namespace ablate
