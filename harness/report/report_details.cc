// Phases, memory, speed, cost, quality, failures.
#include <algorithm>

#include "harness/report/analysis.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/phases.h"
#include "harness/report/report.h"
#include "harness/report/responses.h"
#include "harness/run/record.h"

namespace ablate {
namespace {

constexpr size_t kTranslations = 4;
constexpr size_t kOpenRows = 12;  // longer tables are folded

const std::vector<Sample>* SamplesOf(const ReportInput& input, const CellSummary& cell) {
  const auto found = input.results.evidence.find(cell.representative);
  if (found == input.results.evidence.end() || found->second.samples.empty()) return nullptr;
  return &found->second.samples;
}

// Cells whose translations are shown: the baseline and the fastest.
std::vector<const CellSummary*> Translators(const ReportInput& input) {
  const Summary& summary = input.summary;
  std::vector<const CellSummary*> cells;
  if (summary.baseline) cells.push_back(&summary.cells[*summary.baseline]);
  if (summary.fastest && summary.baseline != summary.fastest->cell) {
    cells.push_back(&summary.cells[summary.fastest->cell]);
  }
  std::erase_if(cells, [&](const CellSummary* c) { return SamplesOf(input, *c) == nullptr; });
  return cells;
}

std::string Translations(const ReportInput& input) {
  const std::vector<const CellSummary*> cells = Translators(input);
  if (cells.empty()) return "";
  std::string text = "A few translations of validation sentences:\n\n";
  const std::vector<Sample>& first = *SamplesOf(input, *cells[0]);
  for (size_t i = 0; i < std::min(first.size(), kTranslations); ++i) {
    Table table({"", Escape(first[i].source)});
    table.AddRow({"reference", Escape(first[i].reference)});
    for (const CellSummary* cell : cells) {
      const auto& samples = *SamplesOf(input, *cell);
      const auto same = std::ranges::find(samples, first[i].source, &Sample::source);
      if (same == samples.end()) continue;
      const std::string shown = same->translation.empty() ? "*(empty)*" : Escape(same->translation);
      table.AddRow({CellName(*cell), shown});
    }
    text += table.ToString() + "\n";
  }
  return text;
}

std::string Signature(const ReportInput& input) {
  for (const Record& record : input.results.records) {
    if (!record.quality.bleu || record.quality.signature.empty()) continue;
    return "BLEU of greedy translations" +
           (record.quality.sentences
                ? " of " + Plural(*record.quality.sentences, "validation sentence")
                : "") +
           ", signature `" + record.quality.signature +
           "`. Cells stop at the same loss, so this asks whether a faster way there costs "
           "quality; it is not the best a cell could do.\n\n";
  }
  return "";
}

std::string Milliseconds(double seconds) { return Fixed(1000 * seconds, 3) + " ms"; }

std::string BleuTable(const Summary& summary) {
  const auto two = [](double value) { return Fixed(value, 2); };
  Table table({"cell", ">BLEU", ">train loss", ">valid loss", ">best valid loss"});
  for (const size_t index : Ranking(summary)) {
    const CellSummary& cell = summary.cells[index];
    if (!cell.bleu.mean && !cell.valid_loss.mean) continue;
    table.AddRow({CellName(cell), ShowWithLimits(cell.bleu, two), Show(cell.train_loss, two),
                  Show(cell.valid_loss, two), Show(cell.best_valid_loss, two)});
  }
  if (table.empty()) return "";
  return Details("BLEU and losses by cell", table.ToString()) + "\n";
}

}  // namespace

std::string PhasesSection(const ReportInput& input) {
  const std::string plot = PlotOf(input, "phases");
  if (plot.empty()) return "";
  const size_t evaluate = PlaceOf(kEvaluatePhase);
  std::vector<std::string> header = {"cell"};
  for (const char* name : PhaseNames().first(evaluate)) header.push_back(std::string(">") + name);
  header.insert(header.end(),
                {">= an example", ">evaluate, outside the clock", ">evaluate, a run"});
  Table table(std::move(header));
  for (const size_t index : Ranking(input.summary)) {
    const CellSummary& cell = input.summary.cells[index];
    std::vector<std::string> row(1 + evaluate, kAbsent);
    row[0] = CellName(cell);
    for (const PhaseTime& phase : PhasesOf(cell)) {
      if (phase.name == kEvaluatePhase) continue;
      row[1 + PlaceOf(phase.name)] = Milliseconds(phase.seconds_per_example);
    }
    row.push_back(Show(cell.seconds_per_example, &Milliseconds));
    row.push_back(Show(cell.evaluate_s_per_example, &Milliseconds));
    row.push_back(Show(cell.evaluate_s, &Duration));
    table.AddRow(std::move(row));
  }
  return "## Where the time goes\n\n" + plot +
         "Time of training an example, by what an update does; *rest* is what no phase claims. "
         "Evaluation stops the clock: it stands behind the bar's end, shared out over the examples "
         "trained.\n\n" +
         Details("Phases by cell", table.ToString());
}

std::string MemorySection(const ReportInput& input) {
  Table table({"cell", ">device peak allocated", ">host peak resident"});
  for (const size_t index : Ranking(input.summary)) {
    const CellSummary& cell = input.summary.cells[index];
    table.AddRow({CellName(cell), ShowWithLimits(cell.device_peak_allocated_bytes, &Bytes),
                  ShowWithLimits(cell.host_peak_rss_bytes, &Bytes)});
  }
  const std::string plot = PlotOf(input, "memory");
  if (plot.empty()) return "";
  return "## Memory\n\n" + plot +
         "Down and to the left is better; the dashed line is the Pareto front of the two. A cell "
         "that did not reach the target stands where it stopped.\n\n" +
         Details("Peak memory by cell", table.ToString());
}

std::string SpeedSection(const ReportInput& input) {
  const std::string plots = PlotOf(input, "throughput") + PlotOf(input, "padding");
  if (plots.empty()) return "";
  Table table({"cell", ">real tokens/s", ">with padding", ">padding efficiency",
               ">time an update, median", ">of the device's matrix rate"});
  const auto milliseconds = [](double value) { return Duration(value / 1000); };
  for (const size_t index : Ranking(input.summary)) {
    const CellSummary& cell = input.summary.cells[index];
    table.AddRow({CellName(cell), ShowWithLimits(cell.target_tokens_per_s, &Count),
                  Show(cell.padded_tokens_per_s, &Count), Show(cell.padding_efficiency, &Percent),
                  Show(cell.update_ms_p50, milliseconds), Show(cell.mfu, &Percent)});
  }
  return "## Throughput and padding\n\n" + plots + Details("Throughput by cell", table.ToString());
}

namespace {

double SumOf(const std::vector<Record>& records, std::optional<double> (*value)(const Record&)) {
  double sum = 0;
  for (const Record& record : records) sum += value(record).value_or(0);
  return sum;
}

std::string Energy(double joules) {
  return joules < 10'000 ? Count(joules) + " J" : Fixed(joules / 3.6e6, 3) + " kWh";
}

}  // namespace

std::string CostSection(const ReportInput& input) {
  const auto& records = input.results.records;
  if (input.summary.recorded_runs == 0) return "";
  Table table({"phase", ">all runs together"});
  const auto add = [&](const char* name, std::optional<double> (*value)(const Record&)) {
    const double sum = SumOf(records, value);
    if (sum > 0) table.AddRow({name, Duration(sum)});
  };
  add("setup", [](const Record& r) { return r.time.setup_s; });
  add("warm-up", [](const Record& r) { return r.time.warmup_s; });
  add("training", [](const Record& r) { return r.time.train_s; });
  add("evaluation", [](const Record& r) { return r.time.evaluate_s; });
  add("wall clock", [](const Record& r) { return r.time.wall_s; });
  const double joules = SumOf(records, [](const Record& r) { return r.energy_j; });
  if (joules > 0) table.AddRow({"energy", Energy(joules)});
  if (table.empty()) return "";
  std::string text = "## Cost\n\n" + table.ToString();
  if (joules <= 0) return text + "\nThe device has no energy counter that could be read.\n";
  Table by_cell({"cell", ">energy a run"});
  for (const size_t index : Ranking(input.summary)) {
    const CellSummary& cell = input.summary.cells[index];
    by_cell.AddRow({CellName(cell), ShowWithLimits(cell.energy_j, &Energy)});
  }
  return text + "\n" + Details("Energy by cell", by_cell.ToString());
}

std::string QualitySection(const ReportInput& input) {
  const std::string body =
      PlotOf(input, "quality") + Signature(input) + BleuTable(input.summary) + Translations(input);
  return body.empty() ? "" : "## Quality\n\n" + body;
}

std::string FailuresSection(const ReportInput& input) {
  Table runs({"cell", ">seed", "outcome", "reason", ">train loss", ">trained for", "run"});
  for (const Record& record : input.results.records) {
    if (record.status == Status::kReached || record.status == Status::kSkipped) continue;
    const auto cell = std::ranges::find(input.summary.cells, record.cell, &CellSummary::name);
    runs.AddRow({cell == input.summary.cells.end() ? Escape(record.cell) : CellName(*cell),
                 std::to_string(record.seed), Escape(Name(record.status)), Escape(record.reason),
                 record.loss.train ? Fixed(*record.loss.train, 2) : kAbsent,
                 record.time.train_s ? Duration(*record.time.train_s) : kAbsent,
                 "`" + record.run_id + "`"});
  }
  std::string text;
  if (runs.size() > kOpenRows) {
    text += Details(Plural(static_cast<int64_t>(runs.size()), "run") + " did not reach the target",
                    runs.ToString()) +
            "\n";
  } else if (!runs.empty()) {
    text += runs.ToString() + "\n";
  }
  if (!input.summary.excluded.empty()) {
    Table skipped({"skipped cell", "reason"});
    for (const auto& [cell, reason] : input.summary.excluded) {
      skipped.AddRow({Escape(cell), Escape(reason)});
    }
    text += skipped.ToString() + "\n";
  }
  if (text.empty() && input.summary.recorded_runs == 0) return "";
  if (text.empty()) text = "None: every run reached the target, and no cell was skipped.\n";
  return "## Failed, censored and skipped\n\n" + text;
}

}  // namespace ablate
