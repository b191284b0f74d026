// What the loss does with logits that come in panels: see half_projection_loss.h.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ablate::fused {

// Some rows' logits in one panel: products with whole panels of weights, of which `real` columns
// are words and the rest zeros.
struct LogitPanel {
  float* product;  // [rows, columns], rows `stride` apart; overwritten
  int64_t rows, columns, stride;
  int64_t first, real;          // column, in the vocabulary
  const float* bias;            // [real]
  const int64_t* targets;       // [rows]
  c10::BFloat16* exponentials;  // exp(logit - maximum), next to 0 beyond `real`: [rows, columns]
  // One a row, `statistics_stride` apart.
  float *maxima, *sums, *logit_sums;
  int64_t statistics_stride;
  float* target_logits;  // [rows]; written where the target is in the panel
};

// Rows whose panels are all there.
struct LossRows {
  int64_t rows, vocabulary, panels;
  float label_smoothing;
  float scale;                 // of the gradients
  const float* target_logits;  // [rows]
  // [rows, panels]; `maxima` become the factors that make exponentials scaled probabilities.
  float *maxima, *sums, *logit_sums;
  float* losses;            // [rows]
  float* target_gradients;  // [rows]
};

// Gradients of a panel's exponentials, in their place.
struct GradientPanel {
  c10::BFloat16* numbers;  // [rows, columns]
  int64_t rows, columns;
  int64_t first, real;   // as of a LogitPanel; the rest becomes 0
  const float* factors;  // one a row, `factors_stride` apart
  int64_t factors_stride;
  float uniform;                  // what is subtracted from each probability
  const int64_t* targets;         // [rows]
  const float* target_gradients;  // [rows]
};

struct HalfLossKernels {
  void (*exponentials)(const LogitPanel& panel);
  void (*losses)(const LossRows& rows);
  void (*gradients)(const GradientPanel& panel);
};

}  // namespace ablate::fused
