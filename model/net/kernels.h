// The operations that the Transformer's layers are made of, to be had in several implementations
// that compute the same.
//
// Names carry shapes: V vocabulary; D d_model; P positions. `x`, `hidden` and results are rows: all
// dimensions but the last, [B, L] or packed [N], say which token. `dropout` is a probability, 0 for
// none.
#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <memory>

#include "model/net/loss.h"
#include "model/net/token_layout.h"
#include "model/net/transformer_config.h"

namespace ablate {

// What the result of a layer norm goes into: a matrix product, which may take fewer bits, or a
// residual sum as well.
enum class NormFeeds { kProduct, kSum };

class Kernels {
 public:
  struct SumAndNorm {
    at::Tensor sum, normed;
  };

  virtual ~Kernels() = default;

  // dropout(sqrt(D) * weight[ids] + positions), positions from each sentence's start.
  virtual at::Tensor Embed(const at::Tensor& weight_VD, const at::Tensor& ids,
                           const TokenLayout& layout, const at::Tensor& positions_PD,
                           double dropout) = 0;
  virtual at::Tensor Project(const at::Tensor& x, torch::nn::Linear& linear) = 0;
  virtual at::Tensor Norm(const at::Tensor& x, torch::nn::LayerNorm& norm, NormFeeds feeds) = 0;

  // Attention of a sentence's tokens to each other, from rows of queries, keys, values, each of
  // `heads` heads side by side. Every token attends to its whole sentence, or to itself and what
  // precedes it.
  virtual at::Tensor AttendSelf(const at::Tensor& query_key_value, const TokenLayout& layout,
                                int64_t heads, bool causal, double dropout) = 0;
  // From rows of queries to rows of keys, values, of the same sentences in another layout.
  virtual at::Tensor AttendCross(const at::Tensor& query, const TokenLayout& layout,
                                 const at::Tensor& key_value, const TokenLayout& key_layout,
                                 int64_t heads, double dropout) = 0;

  // dropout(activation(linear(x))).
  virtual at::Tensor Hidden(const at::Tensor& x, torch::nn::Linear& linear, Activation activation,
                            double dropout) = 0;
  // x + dropout(linear(hidden)), the end of a residual branch; and with the norm of that.
  virtual at::Tensor EndBranch(const at::Tensor& x, const at::Tensor& hidden,
                               torch::nn::Linear& linear, double dropout) = 0;
  virtual SumAndNorm EndBranchAndNorm(const at::Tensor& x, const at::Tensor& hidden,
                                      torch::nn::Linear& linear, double dropout,
                                      torch::nn::LayerNorm& norm, NormFeeds feeds) = 0;

  // The loss of hidden W^T + bias against the targets, an id a row: as CrossEntropy has it.
  virtual TokenLoss ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight_VD,
                                   const at::Tensor& bias_V, const at::Tensor& targets,
                                   const LossOptions& options) = 0;

  // Parameters have changed since what was made of them.
  virtual void ParametersChanged() {}
  // From now on Embed's gradient of this table may be of rows: a sparse COO tensor, coalesced
  // though LibTorch forgets to say so.
  virtual void TakeRowGradients(const at::Tensor& /*weight_VD*/) {}
};

// LibTorch's operations. Stateless.
Kernels& ReferenceKernels();

// Several operations made into one, in the number format that autocast asks for, with weights cast
// once between calls of ParametersChanged; autocast itself stays out of it. Several threads may
// compute at once, and parameters that share memory share their casts.
std::unique_ptr<Kernels> MakeFusedKernels(at::Device device);

// Whether on this machine's CPU fused kernels multiply bfloat16 in blocks of rows, however many
// there are: else LibTorch does, which takes long where it meets a number of rows for the first
// time.
bool FusedKernelsTakeAnyRows(const TransformerConfig& config);

}  // namespace ablate
