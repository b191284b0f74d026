// How many tokens a packed batch has a multiple of, for the sake of its matrix products.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>

#include "techniques/recipe.h"

namespace ablate {

// kHalfProductRows of model/product_rows.h where LibTorch multiplies 16-bit numbers on a CPU, else
// 1: fused kernels multiply any number of rows in blocks of their own, where the processor and the
// model's dimensions let them.
int64_t ProductRows(const Recipe& recipe, at::Device device);

}  // namespace ablate
