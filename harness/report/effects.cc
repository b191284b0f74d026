#include "harness/report/effects.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/report/multiplicity.h"

namespace ablate {
namespace {

// Responses that effects are worked out for and that some run has; time and examples are asked of
// all.
std::vector<const Response*> ComparedResponses(const Evidence& evidence) {
  std::vector<const Response*> responses;
  for (const Response& response : AllResponses()) {
    const bool any = std::ranges::any_of(
        evidence.runs, [&](const auto& run) { return response.observe(*run.second).has_value(); });
    const bool always = &response == &TimeToTarget() || &response == &ExamplesToTarget();
    if (response.compared && (any || always)) responses.push_back(&response);
  }
  return responses;
}

// The split of a time ratio into how many examples were needed and how long each took, over the
// very runs that the time ratio averages.
void SplitTime(const Evidence& evidence, const Contexts& contexts, Effect& effect) {
  const SeedContrasts examples = ContrastsBySeed(evidence, contexts, ExamplesToTarget());
  if (!effect.ratio.value || examples.logarithms.empty()) return;
  effect.examples_ratio = std::exp(MeanInterval(examples.logarithms).mean);
  effect.rate_ratio = *effect.ratio.value / *effect.examples_ratio;
}

void AddEffect(const Evidence& evidence, const Contexts& contexts, const Response& response,
               Effect effect, std::vector<Effect>& effects) {
  if (contexts.planned == 0) return;
  effect.response = response.name;
  effect.planned_contexts = contexts.planned;
  effect.ratio = MeanRatio(evidence, contexts, response);
  if (response.name == TimeToTarget().name) SplitTime(evidence, contexts, effect);
  effects.push_back(std::move(effect));
}

// A level's contrasts: the same for every response.
struct LevelContexts {
  FactorAt level;
  Contexts all, simple;
};

std::vector<LevelContexts> ContextsOfLevels(const Suite& suite, const CellGrid& grid) {
  std::vector<LevelContexts> contexts;
  for (const FactorAt level : ComparedLevels(suite)) {
    const size_t against = suite.factors[level.factor].baseline;
    contexts.push_back({level, grid.Pairs(level, against), grid.SimplePair(level, against)});
  }
  return contexts;
}

void AddLevel(const Suite& suite, const Evidence& evidence, const Response& response,
              const LevelContexts& contexts, std::vector<Effect>& effects) {
  const auto& [level, all, simple] = contexts;
  const Factor& factor = suite.factors[level.factor];
  Effect effect;
  effect.factor = factor.name;
  effect.level = factor.levels[level.level].label;
  effect.against = factor.levels[factor.baseline].label;
  if (all.planned > simple.planned) {
    effect.kind = Effect::Kind::kMarginal;
    AddEffect(evidence, all, response, effect, effects);
  }
  effect.kind = Effect::Kind::kSimple;
  AddEffect(evidence, simple, response, effect, effects);
}

// Adjusts the p values of each family, a family being those of one key.
template <typename Claim, typename Key>
void AdjustFamilies(std::vector<Claim>& claims, Key key) {
  std::map<decltype(key(claims[0])), std::vector<size_t>> families;
  for (size_t i = 0; i < claims.size(); ++i) families[key(claims[i])].push_back(i);
  for (const auto& [name, members] : families) {
    std::vector<std::optional<double>> p_values;
    for (const size_t i : members) p_values.push_back(claims[i].ratio.p);
    const auto adjusted = HolmAdjusted(p_values);
    for (size_t i = 0; i < members.size(); ++i) claims[members[i]].ratio.p_holm = adjusted[i];
  }
}

}  // namespace

std::vector<Effect> ComputeEffects(const Suite& suite, const CellGrid& grid,
                                   const Evidence& evidence) {
  std::vector<Effect> effects;
  const std::vector<LevelContexts> levels = ContextsOfLevels(suite, grid);
  for (const Response* response : ComparedResponses(evidence)) {
    for (const LevelContexts& level : levels) AddLevel(suite, evidence, *response, level, effects);
  }
  AdjustFamilies(effects, [](const Effect& e) { return std::pair(e.response, e.kind); });
  return effects;
}

namespace {

// Two levels' contrasts: the same for every response.
struct PairContexts {
  FactorAt a, b;
  Contexts contexts;
};

std::vector<PairContexts> ContextsOfPairs(const Suite& suite, const CellGrid& grid) {
  std::vector<PairContexts> pairs;
  const std::vector<FactorAt> levels = ComparedLevels(suite);
  for (const FactorAt a : levels) {
    for (const FactorAt b : levels) {
      if (a.factor >= b.factor) continue;
      Contexts contexts = grid.Quadruples(a, b);
      if (contexts.planned > 0) pairs.push_back({a, b, std::move(contexts)});
    }
  }
  return pairs;
}

}  // namespace

std::vector<Interaction> ComputeInteractions(const Suite& suite, const CellGrid& grid,
                                             const Evidence& evidence) {
  std::vector<Interaction> interactions;
  const std::vector<PairContexts> pairs = ContextsOfPairs(suite, grid);
  for (const Response* response : ComparedResponses(evidence)) {
    for (const auto& [a, b, contexts] : pairs) {
      const Factor& first = suite.factors[a.factor];
      const Factor& second = suite.factors[b.factor];
      interactions.push_back({std::string(response->name),
                              {first.name, second.name},
                              {first.levels[a.level].label, second.levels[b.level].label},
                              MeanRatio(evidence, contexts, *response)});
    }
  }
  AdjustFamilies(interactions, [](const Interaction& i) { return i.response; });
  return interactions;
}

const Effect* FindEffect(const Summary& summary, const Effect& like, const std::string& response) {
  const auto found = std::ranges::find_if(summary.effects, [&](const Effect& effect) {
    return effect.response == response && effect.factor == like.factor &&
           effect.level == like.level && effect.kind == like.kind;
  });
  return found == summary.effects.end() ? nullptr : &*found;
}

std::vector<const Effect*> MainEffects(const Summary& summary, const std::string& response) {
  std::vector<const Effect*> effects;
  for (const Effect& effect : summary.effects) {
    if (effect.response != response) continue;
    const auto same = std::ranges::find_if(effects, [&](const Effect* other) {
      return other->factor == effect.factor && other->level == effect.level;
    });
    if (same == effects.end()) {
      effects.push_back(&effect);
    } else if (!(*same)->ratio.value && effect.ratio.value) {
      *same = &effect;
    }
  }
  return effects;
}

}  // namespace ablate
