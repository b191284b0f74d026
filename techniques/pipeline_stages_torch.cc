#include "techniques/pipeline_stages_torch.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace ablate {
namespace {

std::string ModuleOf(const std::string& parameter) {
  return parameter.substr(0, parameter.find('.'));
}

std::vector<std::string> LayerModules(const Recipe& recipe, int64_t depths) {
  std::vector<std::string> modules;
  for (const char* stack : {"encoder_", "decoder_"}) {
    for (int64_t depth = 0; depth < depths; ++depth) {
      const auto& shared = recipe.sharing.layer_of_depth;
      modules.push_back(stack + std::to_string(shared.empty() ? depth : shared[depth]));
    }
  }
  return modules;
}

// Multiplications a token, nearly: a layer's parameters are matrices, each used once a token.
std::vector<double> Costs(const TransformerImpl& model, const std::vector<std::string>& modules) {
  std::map<std::string, double> elements;
  double projection = 0;
  for (const auto& item : model.named_parameters()) {
    elements[ModuleOf(item.key())] += static_cast<double>(item.value().numel());
    if (item.key() == "projection_bias") {
      projection = static_cast<double>(item.value().numel() * model.config().d_model);
    }
  }
  std::vector<double> costs;
  for (const std::string& module : modules) costs.push_back(elements.at(module));
  costs.back() += projection;
  return costs;
}

// Stages by the module, or parameter of the model itself, that they use.
std::map<std::string, std::set<int64_t>> Users(const StageLayout& layout, bool tied_embeddings) {
  std::map<std::string, std::set<int64_t>> users;
  const int64_t last = layout.StageOf(2 * layout.depths - 1);
  users["source_embedding"] = {0};
  users["encoder_norm"] = {layout.StageOf(layout.depths - 1)};
  users["target_embedding"] = {layout.StageOf(layout.depths)};
  if (tied_embeddings) users["target_embedding"].insert(last);
  for (const char* name : {"decoder_norm", "projection_weight", "projection_bias"}) {
    users[name] = {last};
  }
  for (size_t layer = 0; layer < layout.modules.size(); ++layer) {
    users[layout.modules[layer]].insert(layout.StageOf(static_cast<int64_t>(layer)));
  }
  return users;
}

}  // namespace

std::vector<int64_t> CutIntoStages(const std::vector<double>& costs, int64_t stages) {
  const auto layers = static_cast<int64_t>(costs.size());
  std::vector<double> before(layers + 1, 0);
  std::partial_sum(costs.begin(), costs.end(), before.begin() + 1);
  // worst[s][l]: the costliest of the first s stages, where they hold the first l layers.
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> worst(stages + 1, std::vector<double>(layers + 1, kNever));
  std::vector<std::vector<int64_t>> cut(stages + 1, std::vector<int64_t>(layers + 1, 0));
  worst[0][0] = 0;
  for (int64_t stage = 1; stage <= stages; ++stage) {
    for (int64_t end = stage; end <= layers; ++end) {
      for (int64_t begin = stage - 1; begin < end; ++begin) {
        const double cost = std::max(worst[stage - 1][begin], before[end] - before[begin]);
        if (cost >= worst[stage][end]) continue;
        worst[stage][end] = cost;
        cut[stage][end] = begin;
      }
    }
  }
  std::vector<int64_t> first = {layers};
  for (int64_t stage = stages; stage > 0; --stage) {
    first.insert(first.begin(), cut[stage][first.front()]);
  }
  return first;
}

int64_t StageLayout::StageOf(int64_t layer) const {
  return std::upper_bound(first.begin(), first.end(), layer) - first.begin() - 1;
}

StageLayout MakeStageLayout(const TransformerImpl& model, const Recipe& recipe, int64_t stages) {
  StageLayout layout;
  layout.depths = model.config().layers;
  layout.modules = LayerModules(recipe, layout.depths);
  layout.first = CutIntoStages(Costs(model, layout.modules), stages);
  return layout;
}

std::vector<Placement> PlaceParameters(const TransformerImpl& model, const StageLayout& layout) {
  const auto users = Users(layout, model.config().tied_embeddings);
  std::vector<Placement> placements;
  for (const auto& item : model.named_parameters()) {
    const std::set<int64_t>& stages = users.at(ModuleOf(item.key()));
    placements.push_back(
        {item.value(), item.value().sizes().vec(), {stages.begin(), stages.end()}});
  }
  return placements;
}

}  // namespace ablate
