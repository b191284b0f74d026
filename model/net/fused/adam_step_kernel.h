// What AdamStep does with a piece of a parameter whose gradient's parts are contiguous.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ablate::fused {

struct PartPointer {
  const void* values;  // of the parameter's type, or bfloat16
  bool bfloat16;
};

// The sum of its parts, in their order.
struct GradientPiece {
  const PartPointer* parts;
  int64_t part_count;
  int64_t size;
};

template <typename Scalar>
struct AdamPiece {
  Scalar* parameter;
  Scalar* first_moment;
  Scalar* second_moment;
  c10::BFloat16* copy;  // null: none
};

struct AdamScalars {
  double gradient_scale;
  double coupled_decay;  // of the parameter into its gradient
  double keep;           // what the parameter is multiplied by
  double beta1, beta2;
  double step_size;     // learning rate over the first moment's bias correction
  double inverse_root;  // 1 / sqrt of the second's
  double epsilon;
};

template <typename Scalar>
struct AdamKernelsOf {
  double (*squared_norm)(const GradientPiece& gradient);
  void (*sum)(const GradientPiece& gradient, double scale, Scalar* to);
  void (*step)(const GradientPiece& gradient, const AdamPiece<Scalar>& piece,
               const AdamScalars& scalars);
};

struct AdamKernels {
  AdamKernelsOf<float> of_float;
  AdamKernelsOf<double> of_double;
};

}  // namespace ablate::fused
