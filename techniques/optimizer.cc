#include "techniques/optimizer.h"

#include <nlohmann/json.hpp>
#include <string>

#include "model/error.h"

namespace ablate {
namespace {

using Json = nlohmann::json;
using Rule = decltype(Optimizer::rule);

std::vector<Option> WithRateAndDecay(std::vector<Option> options) {
  options.push_back(Option::Positive("learning_rate", "default: training.learning_rate"));
  options.push_back({.name = "weight_decay",
                     .type = Option::Type::kNumber,
                     .help = "of matrices; default: training.weight_decay",
                     .minimum = 0,
                     .maximum = Option::kUnlimited});
  return options;
}

std::vector<Option> AdamOptions() {
  return WithRateAndDecay(
      {Option::Fraction("beta1", "decay of the mean gradient, below 1; default 0.9"),
       Option::Fraction("beta2", "decay of the mean squared gradient, below 1; default 0.999"),
       Option::Positive("epsilon", "added to the root of the mean square; default 1e-8")});
}

std::vector<Option> LambOptions() {
  return WithRateAndDecay(
      {Option::Fraction("beta1", "decay of the mean gradient, below 1; default 0.9"),
       Option::Fraction("beta2", "decay of the mean squared gradient, below 1; default 0.999"),
       Option::Positive("epsilon", "added to the root of the mean square; default 1e-6")});
}

std::vector<Option> AdafactorOptions() {
  using enum Option::Type;
  return WithRateAndDecay(
      {{.name = "beta2_decay",
        .type = kNumber,
        .help = "update t decays the mean square by 1 - t^beta2_decay; default -0.8",
        .minimum = -1,
        .maximum = 0},
       Option::Positive("epsilon",
                        "least root mean square that a tensor's step is scaled by; default 1e-3"),
       {.name = "clip_threshold",
        .type = kNumber,
        .help = "greatest root mean square of a tensor's update before scaling; default 1",
        .minimum = 1,
        .maximum = Option::kUnlimited}});
}

std::vector<Option> LionOptions() {
  return WithRateAndDecay(
      {Option::Fraction("beta1", "share of the momentum in the direction, below 1; default 0.9"),
       Option::Fraction("beta2", "decay of the momentum, below 1; default 0.99")});
}

std::vector<Option> SgdOptions() {
  return WithRateAndDecay(
      {Option::Fraction("momentum", "decay of the summed gradients, below 1; default 0: none"),
       {.name = "nesterov",
        .type = Option::Type::kBoolean,
        .help = "the step looks ahead along the momentum; default false"}});
}

Rule ReadAdam(const Json& options, bool decoupled_decay) {
  Adam rule;
  rule.beta1 = options.value("beta1", rule.beta1);
  rule.beta2 = options.value("beta2", rule.beta2);
  rule.epsilon = options.value("epsilon", rule.epsilon);
  rule.decoupled_decay = decoupled_decay;
  return rule;
}

Rule ReadLamb(const Json& options) {
  Lamb rule;
  rule.beta1 = options.value("beta1", rule.beta1);
  rule.beta2 = options.value("beta2", rule.beta2);
  rule.epsilon = options.value("epsilon", rule.epsilon);
  return rule;
}

Rule ReadAdafactor(const Json& options) {
  Adafactor rule;
  rule.beta2_decay = options.value("beta2_decay", rule.beta2_decay);
  rule.epsilon = options.value("epsilon", rule.epsilon);
  rule.clip_threshold = options.value("clip_threshold", rule.clip_threshold);
  return rule;
}

Rule ReadLion(const Json& options) {
  Lion rule;
  rule.beta1 = options.value("beta1", rule.beta1);
  rule.beta2 = options.value("beta2", rule.beta2);
  return rule;
}

Rule ReadSgd(const Json& options) {
  Sgd rule;
  rule.momentum = options.value("momentum", rule.momentum);
  rule.nesterov = options.value("nesterov", rule.nesterov);
  if (rule.nesterov && rule.momentum == 0) {
    throw Error("nesterov looks ahead along a momentum; give momentum above 0 with it");
  }
  return rule;
}

Rule ReadRule(std::string_view level, const Json& options) {
  if (level == "lamb") return ReadLamb(options);
  if (level == "adafactor") return ReadAdafactor(options);
  if (level == "lion") return ReadLion(options);
  if (level == "sgd") return ReadSgd(options);
  return ReadAdam(options, /*decoupled_decay=*/level == "adamw");
}

void RefuseDecaysOfOne(const Json& options) {
  for (const std::string name : {"beta1", "beta2", "momentum"}) {
    if (options.value(name, 0.0) < 1) continue;
    throw Error(name + " 1 never forgets a gradient; give " + name + " below 1");
  }
}

class OptimizerOf final : public Technique {
 public:
  std::string_view name() const override { return "optimizer"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"adam", "Adam; weight decay is added to the gradient", AdamOptions()},
        {"adamw", "Adam with decoupled weight decay", AdamOptions()},
        {"lamb", "Adam's step, scaled to each tensor's norm", LambOptions()},
        {"adafactor", "second moments of a matrix by row and column", AdafactorOptions()},
        {"lion", "the sign of an interpolated momentum", LionOptions()},
        {"sgd", "the gradient, with or without momentum", SgdOptions()},
    };
    return levels;
  }

  void Apply(std::string_view level, const Json& options, Recipe& recipe) const override {
    RefuseDecaysOfOne(options);
    Optimizer& optimizer = recipe.optimizer;
    optimizer.rule = ReadRule(level, options);
    optimizer.learning_rate = options.value("learning_rate", optimizer.learning_rate);
    optimizer.weight_decay = options.value("weight_decay", optimizer.weight_decay);
  }
};

}  // namespace

const Technique& OptimizerTechnique() {
  static const OptimizerOf technique;
  return technique;
}

}  // namespace ablate
