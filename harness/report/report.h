// The report as Markdown.
#pragma once

#include <set>
#include <string>

#include "harness/report/results_reader.h"
#include "harness/report/summary.h"

namespace ablate {

struct ReportInput {
  const Results& results;
  const Summary& summary;
  std::set<std::string> plots;  // names of the plots that were drawn
  std::string no_pictures;      // why there are no SVGs; empty: there are
};

std::string RenderMarkdown(const ReportInput& input);

// The sections, in their order; each starts with its heading, and is empty where there is nothing
// to say.
std::string VerdictSection(const ReportInput& input);
std::string LeaderboardSection(const ReportInput& input);
std::string EffectsSection(const ReportInput& input);
std::string EquivalenceSection(const ReportInput& input);
std::string CurvesSection(const ReportInput& input);
std::string ReachingSection(const ReportInput& input);  // Kaplan-Meier curves
std::string PhasesSection(const ReportInput& input);
std::string MemorySection(const ReportInput& input);
std::string SpeedSection(const ReportInput& input);  // throughput and padding
std::string CostSection(const ReportInput& input);
std::string QualitySection(const ReportInput& input);
std::string BenchmarksSection(const ReportInput& input);  // micro-benchmarks
std::string FailuresSection(const ReportInput& input);
std::string MethodSection(const ReportInput& input);
std::string EvidenceSection(const ReportInput& input);  // the runs, one by one
std::string EnvironmentSection(const ReportInput& input);

// A plot's picture, or a link to its Vega-Lite file where there are no pictures.
std::string PlotOf(const ReportInput& input, const std::string& name);

// "`dynamic + amp`", marked where it is the baseline.
std::string CellName(const CellSummary& cell);

}  // namespace ablate
