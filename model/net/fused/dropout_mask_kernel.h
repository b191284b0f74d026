// Masks by each instruction set, for those who are not compiled for one themselves.
#pragma once

#include <cstdint>

#include "model/net/fused/row_types.h"

namespace ablate::fused {

struct DropoutMaskKernels {
  // MaskRow of dropout_mask.h.
  void (*row)(const RowMask& mask, uint64_t row, int64_t count, uint64_t first_block,
              float* factors);
};

}  // namespace ablate::fused
