// A shape that every batch of a rule fits, so that updates can be captured once. No Torch.
#pragma once

#include <cstdint>

#include "model/data/batches.h"

namespace ablate {

struct FixedShape {
  bool packed = false;
  int64_t sentences = 0;      // at most
  int64_t source_length = 0;  // padded; packed: of the longest, fillers included
  int64_t target_length = 0;

  // Packed: rows of tokens. What a batch leaves of them is divided among so many fillers, sentences
  // of PAD after all others, each of which has a token at least on both sides: so no row lies
  // outside of a sentence, and no sentence attends to nothing.
  int64_t source_tokens = 0;
  int64_t target_tokens = 0;
  int64_t fillers = 0;

  // That an update computes, PAD included.
  int64_t computed_source_tokens() const;
  int64_t computed_target_tokens() const;
};

// `rule` pads to fixed lengths, or packs within a budget of tokens.
FixedShape ShapeFor(const EncodedSplit& split, const BatchRule& rule);

}  // namespace ablate
