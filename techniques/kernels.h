// kernels: whether the layers' operations are LibTorch's, or several of them are made into one.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// reference  LibTorch's operations, one after the other.
// fused      projection, softmax and loss in one (Wijmans et al. 2024); residual sum, dropout and
//            layer norm in one; activation and dropout in one; attention without stored
//            probabilities (Dao et al. 2022); masks computed again instead of stored. On a GPU by
//            kernels that are compiled at run time.
const Technique& KernelsTechnique();

}  // namespace ablate
