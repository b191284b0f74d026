#include "harness/report/effects.h"

#include <algorithm>
#include <map>

namespace ablate {
namespace {

std::string Replaced(FactorLabels factors, const std::string& factor, const std::string& label,
                     bool& had) {
  std::string key;
  for (auto& [name, value] : factors) {
    if (name == factor) {
      had = true;
      value = label;
    }
    key += name + '=' + value + '\n';
  }
  return key;
}

std::map<std::string, size_t> IndexByLabels(const Summary& summary) {
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    bool had = false;
    index.emplace(Replaced(summary.cells[i].factors, "", "", had), i);
  }
  return index;
}

// Pairs of cells that differ only in that the first has `level` and the second `against`.
std::vector<CellPair> FindPairs(const Summary& summary, const std::string& factor,
                                const std::string& level, const std::string& against) {
  const std::map<std::string, size_t> index = IndexByLabels(summary);
  std::vector<CellPair> pairs;
  for (size_t i = 0; i < summary.cells.size(); ++i) {
    const FactorLabels& factors = summary.cells[i].factors;
    if (std::ranges::find(factors, std::pair(factor, level)) == factors.end()) continue;
    bool had = false;
    const auto found = index.find(Replaced(factors, factor, against, had));
    if (had && found != index.end()) pairs.push_back({i, found->second});
  }
  return pairs;
}

// The split of a time ratio into how many examples were needed and how long each took, over the
// very contrasts that the time ratio averages.
void SplitTime(const RunTable& runs, const Selection& selection, Effect& effect) {
  const Ratio examples = MeanRatio(runs, selection, ExamplesToTarget());
  if (!effect.ratio.value || !examples.value) return;
  effect.examples_ratio = examples.value;
  effect.rate_ratio = *effect.ratio.value / *examples.value;
}

void AddEffect(const RunTable& runs, const Summary& summary, const std::vector<CellPair>& pairs,
               const Response& response, Effect effect, std::vector<Effect>& effects) {
  const Selection selection = SelectComplete(runs, pairs, summary.seeds, response);
  if (selection.pairs.empty() && !response.of_target) return;
  effect.response = response.name;
  effect.planned_contexts = static_cast<int64_t>(pairs.size());
  effect.ratio = MeanRatio(runs, selection, response);
  if (response.name == TimeToTarget().name) SplitTime(runs, selection, effect);
  effects.push_back(std::move(effect));
}

void AddLevel(const Summary& summary, const RunTable& runs, const Response& response,
              const Factor& factor, const FactorLevel& level, std::vector<Effect>& effects) {
  const std::string& against = factor.levels[factor.baseline].label;
  const std::vector<CellPair> pairs = FindPairs(summary, factor.name, level.label, against);
  std::vector<CellPair> simple;
  std::ranges::copy_if(pairs, std::back_inserter(simple),
                       [&](CellPair pair) { return pair.against == summary.baseline; });
  Effect effect;
  effect.factor = factor.name;
  effect.level = level.label;
  effect.against = against;
  if (pairs.size() > simple.size()) {
    effect.kind = Effect::Kind::kMarginal;
    AddEffect(runs, summary, pairs, response, effect, effects);
  }
  if (!simple.empty()) {
    effect.kind = Effect::Kind::kSimple;
    AddEffect(runs, summary, simple, response, effect, effects);
  }
}

}  // namespace

std::vector<Effect> ComputeEffects(const Suite& suite, const Summary& summary,
                                   const RunTable& runs) {
  std::vector<Effect> effects;
  for (const Response& response : AllResponses()) {
    if (!response.compared) continue;
    for (const Factor& factor : suite.factors) {
      for (size_t i = 0; i < factor.levels.size(); ++i) {
        if (i == factor.baseline) continue;
        AddLevel(summary, runs, response, factor, factor.levels[i], effects);
      }
    }
  }
  return effects;
}

}  // namespace ablate
