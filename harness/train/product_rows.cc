#include "harness/train/product_rows.h"

#include "model/net/kernels.h"
#include "model/product_rows.h"

namespace ablate {

int64_t ProductRows(const Recipe& recipe, at::Device device) {
  const Precision::Autocast autocast = recipe.precision.autocast;
  if (!device.is_cpu() || autocast == Precision::Autocast::kOff) return 1;
  const bool blocks = recipe.kernels == KernelSet::kFused &&
                      autocast != Precision::Autocast::kFloat16 &&
                      FusedKernelsTakeAnyRows(recipe.model);
  return blocks ? 1 : kHalfProductRows;
}

}  // namespace ablate
