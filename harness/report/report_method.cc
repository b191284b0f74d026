// For a reader who doubts: how it was measured, run by run, and on what.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/plan/nearest.h"
#include "harness/report/bootstrap.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/report.h"
#include "harness/report/verdict.h"

namespace ablate {
namespace {

using nlohmann::json;

std::string Window(const Results& results) {
  const int64_t window = results.suite.base.target.window_examples;
  return window > 0 ? "the last " + Count(static_cast<double>(window)) + " examples"
                    : "the last epoch's examples";
}

std::string TargetMethod(const ReportInput& input) {
  const TargetSettings& target = input.results.suite.base.target;
  const std::string what =
      target.metric == "valid_loss"
          ? "`valid_loss` is the cross-entropy of a real target token over the validation split, "
            "without label smoothing or dropout"
          : "`train_loss` is the label-smoothed cross-entropy of a real target token, averaged "
            "over " +
                Window(input.results) +
                "; it is undefined until so many were seen, and the "
                "crossing is dated to its exact update";
  return "- **Target.** A run stops when " + Escape(TargetWords(input.summary)) + " is reached. " +
         what + ". Its budget: " + Fixed(target.max_epochs, 0) + " epochs and " +
         Duration(target.max_seconds) + " of training.\n";
}

std::string OrderMethod(const ReportInput& input) {
  std::string seeds;
  for (const uint64_t seed : input.summary.seeds) {
    seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  }
  return "- **Order.** Each run is a process of its own, one at a time. All cells of one seed run "
         "in a shuffled order, then the next seed; cells of one seed share initial weights and "
         "data order as far as their settings allow. Seeds: " +
         seeds + ".\n";
}

std::string Equivalence(const Summary& summary) {
  if (summary.equivalence.empty()) return "";
  return "- **Equivalence.** Padding must not change how many examples are needed: equivalent "
         "where the 90% interval lies inside the margin (two one-sided t tests, 5% each), "
         "different where it lies wholly outside. Loading and checkpointing must give the same "
         "curves, in every column but the clock's. Ratios without any variance have no interval: "
         "they are equivalent where all are exactly 1, different where there are three or more "
         "outside the margin, else inconclusive.\n";
}

std::string FastestMethod(const Summary& summary) {
  if (!summary.fastest) return "";
  return "- **Fastest.** The least mean time among the cells that reached the target in every "
         "seed: one that lacks a run may owe its mean to the others. A cell is told from it where "
         "the interval of their ratios lies above 1; where its runs stopped before the target, the "
         "ratios are at most the true ones, so their lower limit holds for these, too.\n";
}

std::string Statistics(const Summary& summary) {
  std::string text =
      "- **Ratios** compare cells seed by seed and are averaged as logarithms (geometric means). "
      "*Simple*: one level changed in the baseline. *Marginal*: the same change averaged over all "
      "settings of the other factors. Below 1 is faster, smaller, fewer; for tokens a second and "
      "BLEU, above 1 is better. Where a value is zero there is no ratio.\n";
  const auto seeds = summary.seeds.size();
  if (seeds < 2) {
    return text +
           "- **Intervals.** None: an interval needs the spread between seeds, and there is one "
           "seed.\n";
  }
  return text + "- **Intervals** are 95% limits by Student's t over the seeds' mean log ratios, " +
         std::to_string(seeds - 1) + (seeds == 2 ? " degree" : " degrees") +
         " of freedom where no run is missing" +
         (seeds >= kMinBootstrapValues ? ", and beside them a bootstrap over seeds" : "") +
         ". Each is for one comparison alone, but for the fastest cell's, which hold for all cells "
         "at once (Sidak).\n" +
         FastestMethod(summary) +
         "- **p values** are Holm's: a chance below 5% of any false claim among the marginal "
         "effects on one response, among its simple effects, and among its interactions. Where "
         "seeds do not differ at all there is none. *Detectable* is the least ratio, or its "
         "inverse, that so many seeds find with 80% power.\n"
         "- **No value.** An average needs all of its cells: where one is excluded or has no run, "
         "or diverged, there is no average, and the cell is named.\n" +
         Equivalence(summary);
}

// Which cells train on more than one process.
std::string Processes(const ReportInput& input) {
  std::vector<std::string> cells;
  for (const Record& record : input.results.records) {
    if (record.processes < 2) continue;
    const auto cell = std::ranges::find(input.summary.cells, record.cell, &CellSummary::name);
    const bool known = cell != input.summary.cells.end();
    const std::string text = (known ? CellName(*cell) : Escape(record.cell)) + " (" +
                             std::to_string(record.processes) + ")";
    if (std::ranges::find(cells, text) == cells.end()) cells.push_back(text);
  }
  if (cells.empty()) return "";
  return "- **Processes.** These cells train on more than one: " + Join(cells) +
         ". Throughput counts all processes; device memory is the greatest of any process, host "
         "memory their sum.\n";
}

// Which kernels of attention the runs chose, and where they differ, who which.
std::string AttentionKernels(const ReportInput& input) {
  std::map<std::string, std::vector<std::string>> cells;
  for (const Record& record : input.results.records) {
    if (record.attention_kernel.empty()) continue;
    const auto cell = std::ranges::find(input.summary.cells, record.cell, &CellSummary::name);
    const bool known = cell != input.summary.cells.end();
    const std::string name = known ? CellName(*cell) : Escape(record.cell);
    std::vector<std::string>& with = cells[record.attention_kernel];
    if (std::ranges::find(with, name) == with.end()) with.push_back(name);
  }
  if (cells.empty()) return "";
  std::vector<std::string> kernels;
  for (const auto& [kernel, with] : cells) {
    const bool all = cells.size() == 1;
    kernels.push_back(Escape(kernel) + (all ? "" : " (" + Join(with) + ")"));
  }
  return "- **Attention.** Kernels that training chose: " + Join(kernels, "; ") + ".\n";
}

}  // namespace

std::string MethodSection(const ReportInput& input) {
  return "## Method\n\n" + TargetMethod(input) + OrderMethod(input) +
         "- **Time to target** counts training alone. Setup, warm-up and evaluation have clocks "
         "of their own. Warm-up runs real updates, then restores parameters, optimizer, schedule, "
         "random state and data position bit for bit.\n"
         "- **Censored runs.** A run that used up its budget is *not reached*: its time, examples "
         "and energy to the target are at least what it took until then. It is never averaged as "
         "if it had arrived; ratios with it are printed as bounds (\"at least\", \"at most\"), "
         "and two censored runs are not compared, nor one whose partner in its seed is missing. "
         "Where a run diverged or ran out of memory its cell has no mean time.\n"
         "- **Left out.** Runs that failed, timed out, were interrupted or invalid (throttling, a "
         "foreign process) are listed with their reasons and enter no average.\n" +
         Statistics(input.summary) +
         "- **Throughput** counts real target tokens; padding efficiency is their share of all "
         "that were computed. **Memory** is the peak during training: on a CPU the device column "
         "is what the tensor allocator had live.\n" +
         AttentionKernels(input) + Processes(input);
}

std::string EvidenceSection(const ReportInput& input) {
  Table table({">block", ">place", "cell", ">seed", "outcome", ">time to target", ">examples",
               ">updates", ">train loss", ">BLEU", "run", "notes"});
  std::unordered_map<std::string_view, const CellSummary*> cells;
  for (const CellSummary& cell : input.summary.cells) cells.emplace(cell.name, &cell);
  for (const Record& record : input.results.records) {
    if (record.status == Status::kSkipped) continue;
    const auto cell = cells.find(record.cell);
    std::string notes;
    for (const std::string& note : record.notes) notes += (notes.empty() ? "" : "; ") + note;
    const auto count = [](const std::optional<int64_t>& value) {
      return value ? Count(static_cast<double>(*value)) : kAbsent;
    };
    const auto fixed = [](const std::optional<double>& value) {
      return value ? Fixed(*value, 2) : kAbsent;
    };
    table.AddRow({std::to_string(record.block), std::to_string(record.position),
                  cell == cells.end() ? Escape(record.cell) : CellName(*cell->second),
                  std::to_string(record.seed), Escape(Name(record.status)),
                  record.time_to_target_s ? Duration(*record.time_to_target_s) : kAbsent,
                  count(record.examples_to_target), count(record.updates_to_target),
                  fixed(record.loss.train), fixed(record.quality.bleu), "`" + record.run_id + "`",
                  notes.empty() ? kAbsent : Escape(notes)});
  }
  if (table.empty()) return "";
  return "## Runs\n\n" +
         Details("All " + Plural(static_cast<int64_t>(table.size()), "run") +
                     ", in the order in which they ran",
                 table.ToString() +
                     "\nA run's folder is `runs/<run>` beside `records.jsonl` in the results.\n");
}

namespace {

void Flatten(const json& value, const std::string& path, Table& table) {
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      Flatten(child, path.empty() ? key : path + "." + key, table);
    }
  } else if (!value.is_null()) {
    const std::string text = value.is_string()
                                 ? value.get<std::string>()
                                 : value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (!text.empty()) table.AddRow({Escape(path), Escape(text)});
  }
}

}  // namespace

std::string EnvironmentSection(const ReportInput& input) {
  Table table({"what", "value"});
  Flatten(input.results.environment, "", table);
  if (table.empty()) return "";
  return "## Environment\n\n" + table.ToString();
}

}  // namespace ablate
