#include "model/net/transformer_config.h"

#include <string_view>

#include "model/error.h"

namespace ablate {
namespace {

void CheckPositive(std::string_view field, int64_t value) {
  if (value > 0) return;
  throw Error("model." + std::string(field) + ": " + std::to_string(value) +
              " is not a positive number");
}

}  // namespace

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
  if (config.activation != "relu" && config.activation != "gelu") {
    throw Error("model.activation: \"" + config.activation + "\" is neither \"relu\" nor \"gelu\"");
  }
}

}  // namespace ablate
