#include "harness/report/comparison_text.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "harness/report/format.h"
#include "harness/report/markdown.h"

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;
using Limit = std::optional<double>;

constexpr int kSchemaVersion = 1;

// New / baseline.
Interval RatioOf(const Interval& worsening, bool higher_is_better) {
  if (!higher_is_better) return Exp(worsening);
  const auto negative = [](const Limit& limit) { return limit ? Limit(-*limit) : Limit(); };
  return Exp({-worsening.mean, negative(worsening.high), negative(worsening.low)});
}

std::string Times(double ratio) { return Fixed(ratio, 3) + "x"; }

std::string LimitsOf(const Interval& ratio) {
  if (!ratio.low || !ratio.high) return kAbsent;
  return Times(*ratio.low) + " to " + Times(*ratio.high);
}

std::string Allowed(const Comparison& comparison) {
  const double factor = 1 + comparison.max_regression;
  return comparison.higher_is_better ? "at least " + Times(1 / factor) : "at most " + Times(factor);
}

std::string Overall(const Comparison& comparison) {
  const std::string metric = "`" + comparison.metric + "`";
  if (comparison.seeds == 0)
    return metric + " cannot be compared; " + Allowed(comparison) + " is allowed.";
  const Interval ratio = RatioOf(comparison.overall, comparison.higher_is_better);
  const std::string limits = ratio.low ? "95% limits " + LimitsOf(ratio) : "no interval";
  return metric + ": **" + Times(ratio.mean) + "** the baseline's (" + limits + ") over " +
         Plural(comparison.cells_in_mean, "cell") + " and " + Plural(comparison.seeds, "seed") +
         "; " + Allowed(comparison) + " is allowed.";
}

std::string List(const std::string& title, const std::vector<std::string>& sentences) {
  if (sentences.empty()) return "";
  std::string text = "\n" + title + "\n\n";
  for (const std::string& sentence : sentences) text += "- " + Escape(sentence) + "\n";
  return text;
}

// The worst first.
std::string CellTable(const Comparison& comparison) {
  std::vector<ComparedCell> cells = comparison.cells;
  std::erase_if(cells, [](const ComparedCell& cell) { return cell.pairs == 0; });
  if (cells.empty()) return "";
  std::ranges::stable_sort(cells, [](const ComparedCell& a, const ComparedCell& b) {
    return a.worsening.mean > b.worsening.mean;
  });
  Table table({"Cell", ">Pairs", ">New / baseline", ">Limits", ""});
  for (const ComparedCell& cell : cells) {
    const Interval ratio = RatioOf(cell.worsening, comparison.higher_is_better);
    table.AddRow({Escape(cell.name), std::to_string(cell.pairs), Times(ratio.mean), LimitsOf(ratio),
                  cell.regression ? "regression" : kAbsent});
  }
  return "\n" + table.ToString();
}

constexpr const char* kMethod =
    "\nRuns are paired by cell and seed. Overall: Student's limits over the seeds' means of the "
    "logarithms. A cell: limits that hold for all cells together (Bonferroni), with one variance "
    "pooled over them. A cell that reached the target before, in however few runs, and now in none "
    "is a regression.\n";

Json Or(const Limit& value) { return value ? Json(*value) : Json(nullptr); }

Json RatioJson(const Interval& worsening, bool known, bool higher_is_better) {
  if (!known) return {{"ratio", nullptr}, {"low", nullptr}, {"high", nullptr}};
  const Interval ratio = RatioOf(worsening, higher_is_better);
  return {{"ratio", ratio.mean}, {"low", Or(ratio.low)}, {"high", Or(ratio.high)}};
}

Json CellJson(const ComparedCell& cell, bool higher_is_better) {
  Json json = {{"cell", cell.name}, {"pairs", cell.pairs}};
  json.update(RatioJson(cell.worsening, cell.pairs > 0, higher_is_better));
  json["regression"] = cell.regression;
  return json;
}

}  // namespace

std::string RenderComparison(const Comparison& comparison) {
  return "## Gate: " + std::string(Name(comparison.verdict)) + "\n\n" + Overall(comparison) + "\n" +
         List("Regressions:", comparison.regressions) + List("Open:", comparison.doubts) +
         CellTable(comparison) + List("Notes:", comparison.notes) + kMethod;
}

Json ToJson(const Comparison& comparison) {
  Json json = {{"schema_version", kSchemaVersion},
               {"verdict", Name(comparison.verdict)},
               {"metric", comparison.metric},
               {"max_regression", comparison.max_regression}};
  Json& overall = json["overall"];
  overall = RatioJson(comparison.overall, comparison.seeds > 0, comparison.higher_is_better);
  overall["cells"] = comparison.cells_in_mean;
  overall["seeds"] = comparison.seeds;
  json["cells"] = Json::array();
  for (const ComparedCell& cell : comparison.cells)
    json["cells"].push_back(CellJson(cell, comparison.higher_is_better));
  json["regressions"] = comparison.regressions;
  json["doubts"] = comparison.doubts;
  json["notes"] = comparison.notes;
  return json;
}

}  // namespace ablate
