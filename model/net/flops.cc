#include "model/net/flops.h"

namespace ablate {
namespace {

// Of one query token that attends to `keys` tokens: the scores, and the weighted sum of values.
double AttentionMacs(double d_model, double keys) { return 2 * keys * d_model; }

}  // namespace

double TrainingFlops(const TransformerConfig& config, int64_t target_vocabulary,
                     const TokenCounts& tokens) {
  if (tokens.sentences <= 0) return 0;
  const auto d = static_cast<double>(config.d_model);
  const double square = d * d;
  const double matrices = config.activation == "swiglu" ? 3 : 2;
  const double feed_forward = matrices * d * static_cast<double>(HiddenUnits(config));
  const double source_length = tokens.source_tokens / tokens.sentences;
  const double target_length = tokens.target_tokens / tokens.sentences;

  // Query, key, value and output projections; those of the memory belong to the source tokens.
  const double encoder_layer = 4 * square + AttentionMacs(d, source_length) + feed_forward;
  const double memory_projection = 2 * square;
  const double decoder_layer = 4 * square + AttentionMacs(d, target_length) + 2 * square +
                               AttentionMacs(d, source_length) + feed_forward;

  const auto layers = static_cast<double>(config.layers);
  const double forward_macs =
      tokens.source_tokens * layers * (encoder_layer + memory_projection) +
      tokens.target_tokens * (layers * decoder_layer + d * static_cast<double>(target_vocabulary));
  constexpr double kFlopsPerMac = 2;
  constexpr double kForwardAndBackward = 3;
  return kFlopsPerMac * kForwardAndBackward * forward_macs;
}

}  // namespace ablate
