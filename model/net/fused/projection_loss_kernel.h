// What ProjectionLoss does between its matrix products.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ablate::fused {

// Rows of logits without bias, whose place their gradients take. `Sum` is float, or double of
// double.
template <typename Scalar, typename Sum>
struct LogitRows {
  Scalar* logits;  // [rows, vocabulary], rows `stride` apart
  int64_t stride;
  const Sum* bias;         // [vocabulary]
  const int64_t* targets;  // [rows]
  int64_t rows;
  int64_t vocabulary;
  Sum label_smoothing;
  Sum scale;         // of the gradients
  Sum* column_sums;  // [vocabulary], to which the gradients are added; null: none are made
  Sum* scratch;      // of bfloat16 alone: [kLogitRowGroup, vocabulary]
  Sum* losses;       // [rows]
};

// Rows that are read together.
inline constexpr int64_t kLogitRowGroup = 4;

struct ProjectionLossKernels {
  void (*of_float)(const LogitRows<float, float>& rows);
  void (*of_double)(const LogitRows<double, double>& rows);
  void (*of_bfloat16)(const LogitRows<c10::BFloat16, float>& rows);
};

}  // namespace ablate::fused
