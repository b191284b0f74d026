#include "harness/report/summary_json.h"

#include <optional>
#include <string>

#include "harness/report/responses.h"

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;

Json Number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json BoundJson(Bound bound) {
  if (bound == Bound::kNone) return nullptr;
  return bound == Bound::kAtLeast ? "at_least" : "at_most";
}

Json EstimateJson(const Estimate& estimate) {
  return {{"mean", Number(estimate.mean)},
          {"low", Number(estimate.low)},
          {"high", Number(estimate.high)},
          {"at_least", Number(estimate.at_least)}};
}

Json FastestJson(const Summary& summary) {
  if (!summary.fastest) return nullptr;
  const Fastest& fastest = *summary.fastest;
  Json not_separable = Json::array();
  for (const size_t cell : fastest.not_separable) not_separable.push_back(summary.cells[cell].name);
  return {{"cell", summary.cells[fastest.cell].name},
          {"speedup", Number(fastest.speedup)},
          {"low", Number(fastest.low)},
          {"high", Number(fastest.high)},
          {"bound", BoundJson(fastest.bound)},
          {"comparisons", fastest.comparisons},
          {"not_separable", not_separable}};
}

// Adds the claim that a ratio makes, and what it rests on.
void AddRatio(const Ratio& ratio, Json& json) {
  json["ratio"] = Number(ratio.value);
  json["low"] = Number(ratio.low);
  json["high"] = Number(ratio.high);
  json["p"] = Number(ratio.p);
  json["p_holm"] = Number(ratio.p_holm);
  json["bound"] = BoundJson(ratio.bound);
  json["bootstrap_low"] = Number(ratio.bootstrap_low);
  json["bootstrap_high"] = Number(ratio.bootstrap_high);
  json["detectable"] = Number(ratio.detectable);
  json["seeds"] = ratio.seeds;
  json["contexts"] = ratio.contexts;
  json["reached"] = ratio.reached;
  json["runs"] = ratio.runs;
  json["unknown"] = ratio.unknown.empty() ? Json() : Json(ratio.unknown);
}

Json CellJson(const CellSummary& cell) {
  Json json = {{"cell", cell.name}};
  json["factors"] = Json::object();
  for (const auto& [factor, label] : cell.factors) json["factors"][factor] = label;
  json["planned"] = cell.planned;
  json["runs"] = cell.runs;
  json["reached"] = cell.reached;
  json["lacking"] = cell.lacking;
  json["run_ids"] = cell.run_ids;
  for (const Response& response : AllResponses()) {
    json[std::string(response.name)] = EstimateJson(cell.*response.estimate);
  }
  json["against_baseline"] = cell.baseline ? Json() : Json::object();
  if (!cell.baseline) AddRatio(cell.against_baseline, json["against_baseline"]);
  return json;
}

Json EffectJson(const Effect& effect) {
  Json json = {{"response", effect.response},
               {"factor", effect.factor},
               {"level", effect.level},
               {"against", effect.against},
               {"kind", effect.kind == Effect::Kind::kSimple ? "simple" : "marginal"}};
  AddRatio(effect.ratio, json);
  json["planned_contexts"] = effect.planned_contexts;
  json["examples_ratio"] = Number(effect.examples_ratio);
  json["rate_ratio"] = Number(effect.rate_ratio);
  return json;
}

Json InteractionJson(const Interaction& interaction) {
  Json json = {{"response", interaction.response},
               {"factors", interaction.factors},
               {"levels", interaction.levels}};
  AddRatio(interaction.ratio, json);
  return json;
}

Json FTestJson(const FTest& test) {
  return {{"response", test.response}, {"factors", test.factors},
          {"degrees", test.degrees},   {"residual_degrees", test.residual_degrees},
          {"f", Number(test.f)},       {"p", Number(test.p)}};
}

Json SharesJson(const Shares& shares) {
  if (!shares.unknown.empty()) return nullptr;
  Json json = Json::array();
  for (const Share& share : shares.factors) {
    json.push_back({{"factor", share.factor},
                    {"log_share", share.log_share},
                    {"low", Number(share.low)},
                    {"high", Number(share.high)},
                    {"share", Number(share.share)}});
  }
  return json;
}

Json VerdictJson(EquivalenceCheck::Verdict verdict) {
  switch (verdict) {
    case EquivalenceCheck::Verdict::kEquivalent:
      return "equivalent";
    case EquivalenceCheck::Verdict::kDifferent:
      return "different";
    case EquivalenceCheck::Verdict::kInconclusive:
      return "inconclusive";
    case EquivalenceCheck::Verdict::kUnknown:
      break;
  }
  return nullptr;
}

Json EquivalenceJson(const EquivalenceCheck& check) {
  return {{"factor", check.factor},         {"level", check.level},
          {"against", check.against},       {"ratio", Number(check.ratio)},
          {"low", Number(check.low)},       {"high", Number(check.high)},
          {"margin", Number(check.margin)}, {"verdict", VerdictJson(check.verdict)},
          {"evidence", check.evidence}};
}

Json LevelCurveJson(const LevelCurve& curve) {
  return {{"response", curve.response},
          {"factor", curve.factor},
          {"level", curve.level},
          {"reached", curve.reached},
          {"runs", curve.runs},
          {"restricted_mean", Number(curve.restricted_mean)},
          {"restriction", Number(curve.restriction)}};
}

Json FrontJson(const Summary& summary) {
  Json cells = Json::array();
  for (const CellSummary& cell : summary.cells) {
    if (cell.on_front) cells.push_back(cell.name);
  }
  return {{"objectives", summary.objectives}, {"cells", cells}};
}

template <typename Claims, typename ToJson>
Json List(const Claims& claims, ToJson to_json) {
  Json json = Json::array();
  for (const auto& claim : claims) json.push_back(to_json(claim));
  return json;
}

}  // namespace

Json ToJson(const Summary& summary) {
  Json json = {{"schema_version", kSummarySchemaVersion}, {"suite", summary.suite}};
  json["target"] = {{"metric", summary.target_metric}, {"value", summary.target_value}};
  json["seeds"] = summary.seeds;
  json["runs"] = {{"planned", summary.planned_runs},
                  {"recorded", summary.recorded_runs},
                  {"reached", summary.reached_runs}};
  json["baseline"] = summary.baseline ? Json(summary.cells[*summary.baseline].name) : Json();
  json["fastest"] = FastestJson(summary);
  json["cells"] = List(summary.cells, &CellJson);
  json["effects"] = List(summary.effects, &EffectJson);
  json["interactions"] = List(summary.interactions, &InteractionJson);
  json["f_tests"] = List(summary.f_tests, &FTestJson);
  json["shares"] = SharesJson(summary.shares);
  json["shares_unknown"] = summary.shares.unknown.empty() ? Json() : Json(summary.shares.unknown);
  json["equivalence"] = List(summary.equivalence, &EquivalenceJson);
  json["level_curves"] = List(summary.level_curves, &LevelCurveJson);
  json["front"] = FrontJson(summary);
  json["excluded"] = Json::array();
  for (const auto& [cell, reason] : summary.excluded) {
    json["excluded"].push_back({{"cell", cell}, {"reason", reason}});
  }
  json["notes"] = summary.notes;
  return json;
}

}  // namespace ablate
