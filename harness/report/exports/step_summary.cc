#include "harness/report/exports/step_summary.h"

#include <algorithm>
#include <fstream>

#include "harness/report/analysis.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/verdict.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr const char* kTime = "time_to_target_s";
constexpr const char* kCut = "\n*Cut here: a step's summary may have 1 MiB. The report has all.*\n";

std::string Counts(const Summary& s) {
  return std::to_string(s.reached_runs) + " of " + Plural(s.recorded_runs, "run") +
         " reached the target; " + Plural(static_cast<int64_t>(s.cells.size()), "cell") + ", " +
         Plural(static_cast<int64_t>(s.seeds.size()), "seed") + ".\n\n";
}

// The effects on time that average over the other factors, where the design has them.
Effect::Kind MainKind(const Summary& summary) {
  const bool marginal = std::ranges::any_of(summary.effects, [](const Effect& effect) {
    return effect.kind == Effect::Kind::kMarginal && effect.response == kTime;
  });
  return marginal ? Effect::Kind::kMarginal : Effect::Kind::kSimple;
}

std::string Effects(const Summary& summary) {
  const Effect::Kind kind = MainKind(summary);
  Table table({"factor", "level", "instead of", "time to target", "95% limits"});
  for (const Effect& effect : summary.effects) {
    if (effect.response != kTime || effect.kind != kind) continue;
    table.AddRow({Escape(effect.factor), Escape(effect.level), Escape(effect.against),
                  TimeRatio(effect.ratio), Limits(effect.ratio.low, effect.ratio.high)});
  }
  if (table.empty()) return "";
  return std::string("### Effects, ") +
         (kind == Effect::Kind::kMarginal ? "averaged over the other factors"
                                          : "everything else as in the baseline") +
         "\n\n" + table.ToString() + "\n";
}

std::string Leaderboard(const Summary& summary) {
  Table table({">#", "cell", ">reached", ">time to target", "against the baseline", "95% limits",
               ">peak memory"});
  size_t place = 0;
  for (const size_t index : Ranking(summary)) {
    const CellSummary& cell = summary.cells[index];
    const Estimate& memory = cell.device_peak_allocated_bytes.mean
                                 ? cell.device_peak_allocated_bytes
                                 : cell.host_peak_rss_bytes;
    table.AddRow({std::to_string(++place), Escape(cell.short_name),
                  std::to_string(cell.reached) + " of " + std::to_string(cell.runs),
                  Show(cell.time_to_target_s, &Duration),
                  cell.baseline ? "1.00x" : TimeRatio(cell.against_baseline),
                  Limits(cell.against_baseline.low, cell.against_baseline.high),
                  Show(memory, &Bytes)});
  }
  return table.empty() ? "" : "### Leaderboard\n\n" + table.ToString() + "\n";
}

std::string Failures(const ExportInput& input) {
  Table table({"cell", ">seed", "outcome", "run"});
  for (const Record& run : input.results.records) {
    if (run.status == Status::kReached || run.status == Status::kSkipped) continue;
    table.AddRow({Escape(run.cell), std::to_string(run.seed), Escape(OutcomeWords(run)),
                  "`" + run.run_id + "`"});
  }
  return table.empty() ? ""
                       : "### Runs that did not reach the target\n\n" + table.ToString() + "\n";
}

std::string Notes(const Summary& summary) {
  std::string text;
  for (const std::string& note : summary.notes) text += "- " + Escape(note) + "\n";
  return text.empty() ? "" : "### Notes\n\n" + text;
}

std::string Cut(std::string text, size_t limit) {
  if (text.size() <= limit) return text;
  const std::string cut = kCut;
  if (limit < cut.size()) return "";
  const size_t end = text.rfind('\n', limit - cut.size());
  text.resize(end == std::string::npos || end + 1 + cut.size() > limit ? 0 : end + 1);
  return text + cut;
}

}  // namespace

std::string StepSummary(const ExportInput& input, size_t limit) {
  const Summary& summary = input.summary;
  return Cut("## " + Escape(summary.suite) + "\n\n**" + Escape(VerdictLine(summary)) + "**\n\n" +
                 Counts(summary) + Effects(summary) + Leaderboard(summary) + Failures(input) +
                 Notes(summary),
             limit);
}

void AppendStepSummary(const ExportInput& input, const std::filesystem::path& file) {
  std::error_code none_yet;
  const auto size = std::filesystem::file_size(file, none_yet);
  const size_t used = none_yet ? 0 : static_cast<size_t>(size);
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << StepSummary(input, kStepSummaryLimit - std::min(used, kStepSummaryLimit));
  if (!out.flush()) {
    throw Error("cannot append to '" + file.string() +
                "', which GITHUB_STEP_SUMMARY names; unset it to get a file among the exports");
  }
}

}  // namespace ablate
