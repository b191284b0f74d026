#include "model/net/fused/dropout_mask_kernel.h"

#include "model/net/fused/capability.h"
#include "model/net/fused/dropout_mask.h"

namespace ablate::fused {
namespace {

void Row(const RowMask& mask, uint64_t row, int64_t count, uint64_t first_block, float* factors) {
  MaskRow(mask.seed, row, count, {mask.dropped, mask.keep_scale}, factors, first_block);
}

}  // namespace

template <>
const DropoutMaskKernels& KernelsFor<DropoutMaskKernels, kThisUnit>() {
  static constexpr DropoutMaskKernels kTable{.row = &Row};
  return kTable;
}

}  // namespace ablate::fused
