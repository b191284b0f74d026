#include "harness/report/report.h"

#include <algorithm>
#include <utility>

#include "harness/report/markdown.h"
#include "harness/report/plots.h"

namespace ablate {

std::string PlotOf(const ReportInput& input, const std::string& name) {
  if (!input.plots.contains(name)) return "";
  const auto kind = std::ranges::find(AllPlots(), name, &PlotKind::name);
  if (input.no_pictures.empty()) return Picture(name, kind->description) + "\n";
  return kind->description + ": [plots/" + name + ".vl.json](plots/" + name + ".vl.json)\n\n";
}

std::string CellName(const CellSummary& cell) {
  return cell.baseline ? "**baseline**" : Escape(cell.short_name);
}

namespace {

std::string WithSingleBlankLines(std::string text) {
  for (size_t i = text.find("\n\n\n"); i != std::string::npos; i = text.find("\n\n\n", i)) {
    text.erase(i, 1);
  }
  return text;
}

}  // namespace

std::string RenderMarkdown(const ReportInput& input) {
  std::string text;
  for (const auto section :
       {&VerdictSection, &LeaderboardSection, &EffectsSection, &EquivalenceSection, &CurvesSection,
        &ReachingSection, &PhasesSection, &MemorySection, &SpeedSection, &CostSection,
        &QualitySection, &BenchmarksSection, &FailuresSection, &MethodSection, &EvidenceSection,
        &EnvironmentSection}) {
    const std::string part = section(input);
    if (part.empty()) continue;
    if (!text.empty()) text += "\n";
    text += part;
  }
  return WithSingleBlankLines(std::move(text));
}

}  // namespace ablate
