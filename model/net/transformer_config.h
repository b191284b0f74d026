// The dimensions and options of the Transformer, without Torch.
#pragma once

#include <cstdint>
#include <string>

namespace ablate {

// The suite's "model" object. d_model is divisible by heads.
struct TransformerConfig {
  int64_t d_model = 512;
  int64_t layers = 6;  // depth of the encoder, and of the decoder
  int64_t heads = 8;
  int64_t d_ff = 2048;
  double dropout =
      0.1;  // on embeddings, attention weights, hidden feed-forward units and each residual branch
  std::string activation = "relu";  // relu | gelu | swiglu
  std::string norm = "pre";         // pre | post: where the layers are normalised
  bool tied_embeddings = false;     // target embedding and output projection are one matrix
  bool attention_bias = true;       // biases of the attention projections
  int64_t max_length = 1024;        // positions, specials included
};

// Hidden units of a feed-forward block: d_ff, but two thirds of it, rounded, for swiglu, whose
// blocks have three matrices in place of two (Shazeer 2020). Parameters and arithmetic so stay
// comparable.
int64_t HiddenUnits(const TransformerConfig& config);

// Throws Error, naming the field by its path in the suite ("model.d_model: …"), where no model has
// these dimensions.
void Check(const TransformerConfig& config);

enum class Activation { kRelu, kGelu, kSwiGlu };
Activation ActivationOf(const TransformerConfig& config);

}  // namespace ablate
