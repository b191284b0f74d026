// What kernels does: chooses what the model's layers compute with.
#pragma once

#include <memory>

#include "model/net/kernels.h"
#include "techniques/recipe.h"

namespace ablate {

// For one model on `device`.
std::shared_ptr<Kernels> MakeKernels(KernelSet kernels, at::Device device);

}  // namespace ablate
