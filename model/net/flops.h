// How much arithmetic an update of the Transformer is, for model FLOPs a second. No Torch.
#pragma once

#include <cstdint>

#include "model/net/transformer_config.h"

namespace ablate {

// What an update, or many, computed on. With the tokens that batches were padded to, it says what
// the device worked on; with the real ones, what was worth it. Specials count as tokens.
struct TokenCounts {
  double sentences = 0;
  double source_tokens = 0;
  double target_tokens = 0;
};

// Floating-point operations of forward and backward (twice forward) in the matrix products of
// `tokens`; a multiplication with its addition is two. Everything else (normalisation, softmax,
// dropout, optimizer) is left out, as is usual (Chowdhery et al. 2022, appendix B), and masked
// attention counts in full. Attention is quadratic in a sentence's length: all sentences are taken
// to be of the mean length, which is exact for a padded batch. Sharing layers saves none of it.
double TrainingFlops(const TransformerConfig& config, int64_t target_vocabulary,
                     const TokenCounts& tokens);

}  // namespace ablate
