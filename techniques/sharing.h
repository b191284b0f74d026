// sharing: which depths of the encoder, and of the decoder, use the same parameters.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "techniques/technique.h"

namespace ablate {

// With N layers and M = `unique` parameter sets (default: half of N, rounded up):
//   none       every depth its own
//   universal  one set, N times                    (Dehghani et al., "Universal Transformers",
//   2019, without halting) sequence   depth i uses i / (N/M): 0 0 0 1 1 1 cycle      depth i uses i
//   mod M:   0 1 2 0 1 2 cycle_rev  cycle, but the last M run M-1…0: 0 1 2 2 1 0
// The last three are those of Takase and Kiyono, "Lessons on Parameter Sharing across Layers in
// Transformers" (2021).
const Technique& SharingTechnique();

// The parameter set of each depth; `level` is one of the above. 1 <= unique <= layers.
std::vector<int64_t> LayerOfDepth(std::string_view level, int64_t layers, int64_t unique);

}  // namespace ablate
