// The first screen, the leaderboard and the effects.
#include <algorithm>

#include "harness/report/analysis.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/report.h"
#include "harness/report/verdict.h"

namespace ablate {
namespace {

constexpr size_t kNamedInVerdict = 6;

const Effect* FindEffect(const Summary& summary, const Effect& like, const char* response) {
  const auto found = std::ranges::find_if(summary.effects, [&](const Effect& effect) {
    return effect.response == response && effect.factor == like.factor &&
           effect.level == like.level && effect.kind == like.kind;
  });
  return found == summary.effects.end() ? nullptr : &*found;
}

std::string Words(const Summary& summary, const Effect& like, const char* response) {
  const Effect* effect = FindEffect(summary, like, response);
  return effect == nullptr ? kAbsent : AmountRatio(effect->ratio);
}

// One effect a level: the average over the other factors where the design has it.
std::vector<const Effect*> MainEffects(const Summary& summary, const char* response) {
  std::vector<const Effect*> effects;
  for (const Effect& effect : summary.effects) {
    if (effect.response != response) continue;
    const bool has_marginal = std::ranges::any_of(summary.effects, [&](const Effect& other) {
      return other.kind == Effect::Kind::kMarginal && other.response == response &&
             other.factor == effect.factor && other.level == effect.level;
    });
    if (!has_marginal || effect.kind == Effect::Kind::kMarginal) effects.push_back(&effect);
  }
  return effects;
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
  text += cell.baseline ? "; no other cell is faster than it.\n" : ".\n";
  if (fastest.low && fastest.high && !cell.baseline) {
    text += "95% limits of the speed-up: " + Limits(fastest.low, fastest.high) + ".\n";
  }
  return text;
}

std::string Doubt(const Summary& summary) {
  if (summary.seeds.size() < 2) {
    return "Every cell ran with one seed only, so **no interval can be given, and none is**: how "
           "much a repetition would differ was not measured, and small differences below may be "
           "chance. More seeds in the suite give intervals.\n";
  }
  const auto& rest = summary.fastest->not_separable;
  if (rest.empty())
    return "Every other cell that has a time is slower, with 95% confidence each.\n";
  std::string text = "These runs cannot tell it from ";
  for (size_t i = 0; i < std::min(rest.size(), kNamedInVerdict); ++i) {
    text += (i == 0 ? "" : ", ") + ("*" + Escape(summary.cells[rest[i]].short_name) + "*");
  }
  if (rest.size() > kNamedInVerdict) {
    text += " and " + std::to_string(rest.size() - kNamedInVerdict) + " more (see summary.json)";
  }
  return text + " (each compared by itself, 95%).\n";
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

std::string Contributions(const Summary& summary) {
  Table table({"technique", "level", "instead of", "time to target", "95% limits", "peak memory",
               "real tokens a second"});
  bool marginal = false;
  for (const Effect* effect : MainEffects(summary, "time_to_target_s")) {
    marginal |= effect->kind == Effect::Kind::kMarginal;
    const char* memory = FindEffect(summary, *effect, "device_peak_allocated_bytes") != nullptr
                             ? "device_peak_allocated_bytes"
                             : "host_peak_rss_bytes";
    table.AddRow({Escape(effect->factor), "**" + Escape(effect->level) + "**",
                  Escape(effect->against), TimeRatio(effect->ratio),
                  Limits(effect->ratio.low, effect->ratio.high), Words(summary, *effect, memory),
                  Words(summary, *effect, "target_tokens_per_s")});
  }
  if (table.empty()) return "";
  return "### What each technique contributed\n\n" + table.ToString() + "\n" +
         (marginal ? "Averaged over all settings of the other techniques. "
                   : "Each alone, everything else as in the baseline. ") +
         "0.50x the time is half the time.\n";
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
    text += Answer(summary) + "\n" + Doubt(summary) + "\n";
  }
  if (summary.recorded_runs > 0) text += Facts(input) + "\n";
  const std::string contributions = Contributions(summary);
  if (!contributions.empty()) text += contributions + "\n";
  text += PlotOf(input, "time_to_target");
  const std::string notes = Notes(summary);
  if (!notes.empty()) text += notes;
  return text;
}

std::string LeaderboardSection(const ReportInput& input) {
  const Summary& summary = input.summary;
  if (summary.recorded_runs == 0) return "";
  Table table({">#", "cell", ">reached", ">time to target", "against the baseline", "95% limits",
               ">examples", ">tokens/s", ">peak memory", ">BLEU", ">valid loss"});
  size_t place = 0;
  for (const size_t index : Ranking(summary)) {
    const CellSummary& cell = summary.cells[index];
    const Estimate& memory = cell.device_peak_allocated_bytes.mean
                                 ? cell.device_peak_allocated_bytes
                                 : cell.host_peak_rss_bytes;
    const auto two = [](double value) { return Fixed(value, 2); };
    const auto one = [](double value) { return Fixed(value, 1); };
    table.AddRow({std::to_string(++place), CellName(cell),
                  std::to_string(cell.reached) + " of " + std::to_string(cell.runs),
                  Show(cell.time_to_target_s, &Duration),
                  cell.baseline ? "1.00x" : TimeRatio(cell.against_baseline),
                  Limits(cell.against_baseline.low, cell.against_baseline.high),
                  Show(cell.examples_to_target, &Count), Show(cell.target_tokens_per_s, &Count),
                  Show(memory, &Bytes), Show(cell.bleu, one), Show(cell.valid_loss, two)});
  }
  std::string baseline;
  if (summary.baseline) {
    baseline = "Cells are named by what differs from the baseline, which is `" +
               summary.cells[*summary.baseline].name + "`. ";
  }
  return "## Leaderboard\n\n" + table.ToString() + "\n" + baseline +
         "Times are geometric means over seeds; \"at least\" stands where a run stopped before "
         "the target. The runs behind each line are [below](#runs).\n";
}

namespace {

std::string Split(const Effect& effect) {
  if (!effect.examples_ratio || !effect.rate_ratio) return kAbsent;
  const Bound bound = effect.ratio.bound;
  const char* side = bound == Bound::kNone      ? ""
                     : bound == Bound::kAtLeast ? "at least "
                                                : "at most ";
  return side + Multiple(*effect.examples_ratio) + " × " + Multiple(*effect.rate_ratio);
}

std::string EffectTable(const Summary& summary, Effect::Kind kind) {
  Table table({"factor", "level", "instead of", "time to target", "95% limits",
               "= examples × time an example", ">settings compared", ">seeds"});
  for (const Effect& effect : summary.effects) {
    if (effect.response != "time_to_target_s" || effect.kind != kind) continue;
    table.AddRow(
        {Escape(effect.factor), Escape(effect.level), Escape(effect.against),
         TimeRatio(effect.ratio), Limits(effect.ratio.low, effect.ratio.high), Split(effect),
         std::to_string(effect.ratio.contexts) + " of " + std::to_string(effect.planned_contexts),
         std::to_string(effect.ratio.seeds)});
  }
  return table.empty() ? "" : table.ToString() + "\n";
}

std::string OtherEffects(const Summary& summary) {
  Table table({"response", "factor", "level", "instead of", "kind", "ratio", "95% limits"});
  for (const Effect& effect : summary.effects) {
    if (effect.response == "time_to_target_s") continue;
    table.AddRow({Escape(effect.response), Escape(effect.factor), Escape(effect.level),
                  Escape(effect.against),
                  effect.kind == Effect::Kind::kSimple ? "simple" : "marginal",
                  AmountRatio(effect.ratio), Limits(effect.ratio.low, effect.ratio.high)});
  }
  if (table.empty()) return "";
  return Details(
      "Effects on everything else that was measured (" + std::to_string(table.size()) + " rows)",
      table.ToString());
}

}  // namespace

std::string EffectsSection(const ReportInput& input) {
  const Summary& summary = input.summary;
  const std::string marginal = EffectTable(summary, Effect::Kind::kMarginal);
  const std::string simple = EffectTable(summary, Effect::Kind::kSimple);
  if (marginal.empty() && simple.empty()) return "";
  std::string text = "## Effects\n\n" + PlotOf(input, "effects");
  if (!marginal.empty()) {
    text +=
        "**Marginal**: the level against the baseline's level, averaged over the settings of "
        "all other factors.\n\n" +
        marginal;
  }
  if (!simple.empty()) {
    text += "**Simple**: the level alone, everything else as in the baseline.\n\n" + simple;
  }
  return text +
         "A time ratio is the product of two: how many examples the target took, and how long an "
         "example took.\n\n" +
         OtherEffects(summary);
}

}  // namespace ablate
