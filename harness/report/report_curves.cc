// Curves of the loss, and when runs reached the target.
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/report.h"

namespace ablate {

std::string CurvesSection(const ReportInput& input) {
  const std::string plots = PlotOf(input, "loss_by_time") + PlotOf(input, "loss_by_examples");
  if (plots.empty()) return "";
  std::string text =
      "## Curves\n\n" + plots +
      "A dot marks where a run stopped. Each cell is drawn by one run, the one with its median "
      "time to target.\n\n";
  const std::string rate = PlotOf(input, "learning_rate");
  if (!rate.empty()) text += "Learning rates as they were applied:\n\n" + rate;
  return text;
}

namespace {

const LevelCurve* SameLevel(const Summary& summary, const LevelCurve& like, const char* response) {
  for (const LevelCurve& curve : summary.level_curves) {
    if (curve.response == response && curve.factor == like.factor && curve.level == like.level) {
      return &curve;
    }
  }
  return nullptr;
}

std::string Mean(const LevelCurve& curve, std::string (*format)(double)) {
  if (!curve.restricted_mean || !curve.restriction) return kAbsent;
  return format(*curve.restricted_mean) + " of " + format(*curve.restriction);
}

Table LevelTable(const Summary& summary) {
  Table table(
      {"factor", "level", ">reached", ">mean time, of at most", ">mean examples, of at most"});
  for (const LevelCurve& curve : summary.level_curves) {
    if (curve.response != "time_to_target_s") continue;
    const LevelCurve* examples = SameLevel(summary, curve, "examples_to_target");
    table.AddRow({Escape(curve.factor), Escape(curve.level), Reached(curve.reached, curve.runs),
                  Mean(curve, &Duration), examples == nullptr ? kAbsent : Mean(*examples, &Count)});
  }
  return table;
}

}  // namespace

std::string ReachingSection(const ReportInput& input) {
  const std::string plots = PlotOf(input, "reached_by_time") + PlotOf(input, "reached_by_examples");
  if (plots.empty()) return "";
  return "## Reaching the target\n\n" +
         Details("How many runs of each level reached it by when",
                 plots +
                     "Kaplan and Meier's estimate, over all settings of the other factors in which "
                     "every level was run; a cross marks where a run was stopped. Without "
                     "intervals: runs of a block share their seed.\n\n" +
                     LevelTable(input.summary).ToString() +
                     "\nThe means are restricted: a run that took longer than the time behind "
                     "\"of\", the earliest at which one was stopped, counts as that long.\n");
}

}  // namespace ablate
