// Residual connections: bias, dropout, sum and layer norm in one pass over the rows. On a GPU, what
// may be bfloat16 may be float16 as well.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace ablate::fused {

struct NormWeights {
  at::Tensor gain, bias;  // [D], float32 (float64 with float64 rows)
  double epsilon = 1e-5;
};

// A dropout of rows; `probability` 0 is none. The same seed gives the same mask.
struct RowDropout {
  double probability = 0;
  uint64_t seed = 0;
  at::Tensor counter = {};  // on a GPU, is added to the seed there: see DropoutCounter
};

// x + dropout(branch + bias). x: rows [..., D], float32 or float64; branch: of the same type, or
// bfloat16 beside float32; bias: [D] of x's type, undefined for none. The result has x's type.
at::Tensor Add(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& bias,
               const RowDropout& dropout);

// Layer norm (Ba et al. 2016) of rows [..., D], float32 or float64, to rows of `type`: x's own, or,
// of float32, bfloat16 where the next matrix product is to take that.
at::Tensor Norm(const at::Tensor& x, const NormWeights& weights, at::ScalarType type);

// Add, then Norm of the sum, which is returned too; in the backward pass likewise one pass for
// both.
struct SumAndNorm {
  at::Tensor sum, normed;
};
SumAndNorm AddNorm(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& bias,
                   const RowDropout& dropout, const NormWeights& weights, at::ScalarType type);

}  // namespace ablate::fused
