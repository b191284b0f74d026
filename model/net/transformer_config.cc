#include "model/net/transformer_config.h"

#include <cmath>
#include <string_view>
#include <vector>

#include "model/error.h"

namespace ablate {
namespace {

void CheckPositive(std::string_view field, int64_t value) {
  if (value > 0) return;
  throw Error("model." + std::string(field) + ": " + std::to_string(value) +
              " is not a positive number");
}

void CheckChoice(std::string_view field, const std::string& value,
                 const std::vector<std::string>& choices) {
  std::string allowed;
  for (const std::string& choice : choices) {
    if (value == choice) return;
    allowed += (allowed.empty() ? "\"" : ", \"") + choice + "\"";
  }
  throw Error("model." + std::string(field) + ": \"" + value + "\" is none of " + allowed);
}

}  // namespace

int64_t HiddenUnits(const TransformerConfig& config) {
  if (config.activation != "swiglu") return config.d_ff;
  return std::llround(2 * static_cast<double>(config.d_ff) / 3);
}

Activation ActivationOf(const TransformerConfig& config) {
  if (config.activation == "swiglu") return Activation::kSwiGlu;
  return config.activation == "gelu" ? Activation::kGelu : Activation::kRelu;
}

void Check(const TransformerConfig& config) {
  CheckPositive("d_model", config.d_model);
  CheckPositive("layers", config.layers);
  CheckPositive("heads", config.heads);
  CheckPositive("d_ff", config.d_ff);
  CheckPositive("max_length", config.max_length);
  if (config.d_model % config.heads != 0) {
    throw Error("model.d_model: " + std::to_string(config.d_model) +
                " is not divisible by model.heads: " + std::to_string(config.heads));
  }
  if (!(config.dropout >= 0 && config.dropout < 1)) {
    throw Error("model.dropout: " + std::to_string(config.dropout) +
                " is not a probability in [0, 1)");
  }
  CheckChoice("activation", config.activation, {"relu", "gelu", "swiglu"});
  CheckChoice("norm", config.norm, {"pre", "post"});
}

}  // namespace ablate
