// What levels do, alone and together, and whether those that must change nothing keep to it.
#include "harness/plan/nearest.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/report.h"
#include "harness/report/statistics.h"

namespace ablate {

namespace {

constexpr const char* kTime = "time_to_target_s";
constexpr size_t kOpenRows = 12;  // longer tables are folded

std::string Split(const Effect& effect) {
  if (!effect.examples_ratio || !effect.rate_ratio) return kAbsent;
  const Bound bound = effect.ratio.bound;
  const char* side = bound == Bound::kNone      ? ""
                     : bound == Bound::kAtLeast ? "at least "
                                                : "at most ";
  return side + Multiple(*effect.examples_ratio) + " × " + Multiple(*effect.rate_ratio);
}

std::string Detectable(const Ratio& ratio) {
  return ratio.detectable ? Multiple(*ratio.detectable) : kAbsent;
}

std::string Unknown(const Ratio& ratio) {
  return ratio.unknown.empty() ? kAbsent : Escape(ratio.unknown);
}

std::string EffectTable(const Summary& summary, Effect::Kind kind) {
  Table table({"factor", "level", "instead of", "time to target", "95% limits", ">p (Holm)",
               ">reached", "= examples × time an example", ">settings", ">seeds", ">detectable",
               "bootstrap limits", "no value because"});
  for (const Effect& effect : summary.effects) {
    if (effect.response != kTime || effect.kind != kind) continue;
    const Ratio& ratio = effect.ratio;
    table.AddRow({Escape(effect.factor), Escape(effect.level), Escape(effect.against),
                  TimeRatio(ratio), Limits(ratio.low, ratio.high), PValue(ratio.p_holm),
                  Reached(ratio.reached, ratio.runs), Split(effect),
                  Reached(ratio.contexts, effect.planned_contexts), std::to_string(ratio.seeds),
                  Detectable(ratio), Limits(ratio.bootstrap_low, ratio.bootstrap_high),
                  Unknown(ratio)});
  }
  return table.empty() ? "" : table.ToString() + "\n";
}

std::string Level(const std::string& factor, const std::string& level) {
  return Escape(factor + "=" + level);
}

Table InteractionTable(const Summary& summary, bool of_time) {
  Table table({of_time ? "level" : "response", of_time ? "with" : "levels", "ratio of ratios",
               "95% limits", ">p (Holm)", ">reached", "no value because"});
  for (const Interaction& interaction : summary.interactions) {
    if ((interaction.response == kTime) != of_time) continue;
    const std::string a = Level(interaction.factors[0], interaction.levels[0]);
    const std::string b = Level(interaction.factors[1], interaction.levels[1]);
    const Ratio& ratio = interaction.ratio;
    table.AddRow({of_time ? a : Escape(interaction.response), of_time ? b : a + " with " + b,
                  PlainRatio(ratio), Limits(ratio.low, ratio.high), PValue(ratio.p_holm),
                  Reached(ratio.reached, ratio.runs), Unknown(ratio)});
  }
  return table;
}

std::string OpenOrFolded(const Table& table, const std::string& summary) {
  if (table.size() <= kOpenRows) return table.ToString() + "\n";
  return Details(summary + " (" + std::to_string(table.size()) + " rows)", table.ToString()) + "\n";
}

std::string Interactions(const ReportInput& input) {
  const Table table = InteractionTable(input.summary, true);
  if (table.empty()) return "";
  return "**Interactions** on time to target: how many times as large the ratio of one level is "
         "where the other is on, too. 1.00x: they multiply; below 1 they help each other, above "
         "they get in each other's way.\n\n" +
         PlotOf(input, "interactions") + OpenOrFolded(table, "Interactions on time to target");
}

std::string ShareTable(const Summary& summary) {
  if (!summary.fastest || summary.fastest->cell == summary.baseline) return "";
  const std::string heading = "**Shares** of the speed-up from the baseline to the fastest cell";
  if (!summary.shares.unknown.empty()) {
    return heading + " can't be told: " + Escape(summary.shares.unknown) + ".\n\n";
  }
  Table table({"factor", "contributes", "95% limits", ">share"});
  for (const Share& share : summary.shares.factors) {
    const Interval limits = Exp({share.log_share, share.low, share.high});
    table.AddRow({Escape(share.factor), Multiple(limits.mean), Limits(limits.low, limits.high),
                  share.share ? Fixed(100 * *share.share, 0) + "%" : kAbsent});
  }
  return heading +
         " (Shapley values: the mean over all orders of changing one factor after the "
         "other; what they contribute multiplies to the speed-up):\n\n" +
         table.ToString() + "\n";
}

std::string FTests(const Summary& summary) {
  Table table({"response", "term", ">degrees of freedom", ">F", ">p"});
  for (const FTest& test : summary.f_tests) {
    table.AddRow({Escape(test.response), Escape(Join(test.factors, " × ")),
                  std::to_string(test.degrees) + ", " + std::to_string(test.residual_degrees),
                  test.f ? Fixed(*test.f, 2) : kAbsent, PValue(test.p)});
  }
  if (table.empty()) return "";
  return Details("Least squares: which factors matter at all (" + std::to_string(table.size()) +
                     " F tests)",
                 table.ToString() +
                     "\nType III, blocks for seeds, on logarithms. Beside the intervals above, "
                     "not instead of them: these tests take effects to be the same in every seed. "
                     "A response of which a run was censored, diverged or is zero has none.\n") +
         "\n";
}

std::string OtherEffects(const Summary& summary) {
  Table table({"response", "factor", "level", "instead of", "kind", "ratio", "95% limits",
               ">p (Holm)", "no value because"});
  for (const Effect& effect : summary.effects) {
    if (effect.response == kTime) continue;
    table.AddRow({Escape(effect.response), Escape(effect.factor), Escape(effect.level),
                  Escape(effect.against),
                  effect.kind == Effect::Kind::kSimple ? "simple" : "marginal",
                  AmountRatio(effect.ratio), Limits(effect.ratio.low, effect.ratio.high),
                  PValue(effect.ratio.p_holm), Unknown(effect.ratio)});
  }
  if (table.empty()) return "";
  return Details(
      "Effects on everything else that was measured, quality too (" + std::to_string(table.size()) +
          " rows)",
      table.ToString() +
          "\nBLEU and tokens a second are better above 1, all else below it. BLEU and losses are "
          "those of the model where its training ended, at the target or at the end of the "
          "budget.\n");
}

std::string OtherInteractions(const Summary& summary) {
  const Table table = InteractionTable(summary, false);
  if (table.empty()) return "";
  return "\n" +
         Details("Interactions on everything else (" + std::to_string(table.size()) + " rows)",
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
         Interactions(input) + ShareTable(summary) + FTests(summary) + OtherEffects(summary) +
         OtherInteractions(summary);
}

namespace {

std::string VerdictWords(EquivalenceCheck::Verdict verdict) {
  switch (verdict) {
    case EquivalenceCheck::Verdict::kEquivalent:
      return "equivalent";
    case EquivalenceCheck::Verdict::kDifferent:
      return "**different: suspected correctness bug**";
    case EquivalenceCheck::Verdict::kInconclusive:
      return "inconclusive";
    case EquivalenceCheck::Verdict::kUnknown:
      break;
  }
  return kAbsent;
}

}  // namespace

std::string EquivalenceSection(const ReportInput& input) {
  Table table({"factor", "level", "instead of", "verdict", ">examples to target", "90% limits",
               "allowed", "evidence"});
  for (const EquivalenceCheck& check : input.summary.equivalence) {
    table.AddRow({Escape(check.factor), Escape(check.level), Escape(check.against),
                  VerdictWords(check.verdict), check.ratio ? Multiple(*check.ratio) : kAbsent,
                  Limits(check.low, check.high),
                  check.margin ? Limits(1 / (1 + *check.margin), 1 + *check.margin) : kAbsent,
                  Escape(check.evidence)});
  }
  if (table.empty() || input.summary.recorded_runs == 0) return "";
  return "## Equivalence\n\nThese levels must not change what is learned.\n\n" + table.ToString();
}

}  // namespace ablate
