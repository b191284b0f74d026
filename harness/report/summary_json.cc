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
          {"not_separable", not_separable}};
}

Json CellJson(const CellSummary& cell) {
  Json json = {{"cell", cell.name}};
  json["factors"] = Json::object();
  for (const auto& [factor, label] : cell.factors) json["factors"][factor] = label;
  json["runs"] = cell.runs;
  json["reached"] = cell.reached;
  json["run_ids"] = cell.run_ids;
  for (const Response& response : AllResponses()) {
    json[std::string(response.name)] = EstimateJson(cell.*response.estimate);
  }
  return json;
}

Json EffectJson(const Effect& effect) {
  return {{"response", effect.response},
          {"factor", effect.factor},
          {"level", effect.level},
          {"against", effect.against},
          {"kind", effect.kind == Effect::Kind::kSimple ? "simple" : "marginal"},
          {"ratio", Number(effect.ratio.value)},
          {"low", Number(effect.ratio.low)},
          {"high", Number(effect.ratio.high)},
          {"p", nullptr},
          {"p_holm", nullptr},
          {"bound", BoundJson(effect.ratio.bound)},
          {"examples_ratio", Number(effect.examples_ratio)},
          {"rate_ratio", Number(effect.rate_ratio)},
          {"contexts", effect.ratio.contexts},
          {"planned_contexts", effect.planned_contexts},
          {"seeds", effect.ratio.seeds}};
}

}  // namespace

Json ToJson(const Summary& summary) {
  Json json = {{"schema_version", kSummarySchemaVersion}, {"suite", summary.suite}};
  json["baseline"] = summary.baseline ? Json(summary.cells[*summary.baseline].name) : Json();
  json["fastest"] = FastestJson(summary);
  for (const char* list :
       {"cells", "effects", "interactions", "shares", "equivalence", "excluded"}) {
    json[list] = Json::array();
  }
  for (const CellSummary& cell : summary.cells) json["cells"].push_back(CellJson(cell));
  for (const Effect& effect : summary.effects) json["effects"].push_back(EffectJson(effect));
  for (const auto& [cell, reason] : summary.excluded) {
    json["excluded"].push_back({{"cell", cell}, {"reason", reason}});
  }
  json["notes"] = summary.notes;
  return json;
}

}  // namespace ablate
