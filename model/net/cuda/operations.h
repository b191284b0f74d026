// What the operations of fused/ do on a CUDA device: the same functions of the same rows, with the
// same masks, where an emulator or a device computes them. Nothing here waits for the device, reads
// from it, or allocates other than as tensors do. Tensors are contiguous, on one device, and were
// checked by the operations; undefined ones are not there.
#pragma once

#include <ATen/ATen.h>

#include "model/net/fused/loss_gradients.h"
#include "model/net/fused/row_types.h"
#include "model/net/transformer_config.h"

namespace ablate::cuda {

struct DeviceMask {
  fused::RowMask mask;
  at::Tensor counter;  // added to the seed; int64 [1]
};

// A sum where there is a branch, a norm where there is a gain. At most 4096 columns.
struct ResidualInputs {
  const at::Tensor &x, &branch, &bias, &gain, &norm_bias;
  DeviceMask mask;
  double epsilon;
};
struct ResidualOutputs {
  const at::Tensor &sum, &normed, &statistics;
};
void ResidualForward(const ResidualInputs& in, const ResidualOutputs& out);

struct ResidualUpstream {
  const at::Tensor &d_sum, &d_normed, &normed_from, &statistics, &gain;
  DeviceMask mask;
};
struct ResidualGradients {
  at::Tensor d_x, d_branch;                // written to where defined
  bool bias, gain, norm_bias;              // whether these are wanted
  at::Tensor d_bias, d_gain, d_norm_bias;  // made
};
void ResidualBackward(const ResidualUpstream& in, ResidualGradients& gradients);

void ActivationForward(const at::Tensor& hidden, const at::Tensor& bias, Activation activation,
                       const DeviceMask& mask, const at::Tensor& result);

// Writes the gradient of hidden, and returns that of the bias, of type `sum`. `kept` is relu's
// result, else hidden; `bias` is read but by relu.
at::Tensor ActivationBackward(const at::Tensor& d_result, const at::Tensor& kept,
                              const at::Tensor& bias, Activation activation, const DeviceMask& mask,
                              at::ScalarType sum, const at::Tensor& d_hidden);

void EmbeddingForward(const at::Tensor& weight, const at::Tensor& ids,
                      const at::Tensor& position_of, const at::Tensor& positions, double scale,
                      const DeviceMask& mask, const at::Tensor& result);

// Adds to `d_weight`, which is zeros.
void EmbeddingBackward(const at::Tensor& d_result, const at::Tensor& ids, double scale,
                       int64_t padding, const DeviceMask& mask, const at::Tensor& d_weight);

// What a block of logits takes at most. Nobody has measured which size is best.
inline constexpr int64_t kLogitBytes = int64_t{128} << 20;

// hidden: [N, D]; targets: [N]. Of float16 the gradients are made without the scale, which is left
// for LossGradients::pending_scale: they would vanish.
fused::LossGradients ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight,
                                    const at::Tensor& bias, const at::Tensor& targets,
                                    int64_t ignored, const fused::LossRequest& request,
                                    int64_t logit_bytes = kLogitBytes);

// gradient *= factor * scale, of a factor on the device.
void Scale(const at::Tensor& gradient, const at::Tensor& factor, double scale);

}  // namespace ablate::cuda
