#include <cmath>

#include "model/data/vocabulary_spec.h"
#include "model/net/attention.h"
#include "model/net/dropout.h"
#include "model/net/kernels.h"
#include "model/net/packed_attention.h"

namespace ablate {
namespace {

at::Tensor Activate(const at::Tensor& hidden, Activation activation) {
  if (activation == Activation::kRelu) return at::relu(hidden);
  if (activation == Activation::kGelu) return at::gelu(hidden);
  const auto halves = hidden.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

class LibTorchKernels final : public Kernels {
 public:
  at::Tensor Embed(const at::Tensor& weight_VD, const at::Tensor& ids, const TokenLayout& layout,
                   const at::Tensor& positions_PD, double dropout) override {
    const auto embedded = at::embedding(weight_VD, ids, /*padding_idx=*/kPad);
    const double scale = std::sqrt(static_cast<double>(weight_VD.size(1)));
    const auto positions = layout.packed ? positions_PD.index_select(0, layout.positions)
                                         : positions_PD.slice(0, 0, ids.size(1));
    return Dropout(at::add(positions, embedded, scale), dropout);
  }

  at::Tensor Project(const at::Tensor& x, torch::nn::Linear& linear) override { return linear(x); }

  at::Tensor Norm(const at::Tensor& x, torch::nn::LayerNorm& norm, NormFeeds /*feeds*/) override {
    return norm(x);
  }

  at::Tensor AttendSelf(const at::Tensor& query_key_value, const TokenLayout& layout, int64_t heads,
                        bool causal, double dropout) override {
    if (layout.packed) {
      return PackedSelfAttention(query_key_value, layout, {heads, causal, dropout});
    }
    const auto qkv = SplitHeads(query_key_value, 3, heads);
    // A causal mask hides PAD, which stands after all tokens, from these; what is computed at PAD
    // is left out of the loss.
    return DotProductAttention(qkv[0], {qkv[1], qkv[2]}, causal ? std::nullopt : layout.mask,
                               causal, dropout);
  }

  at::Tensor AttendCross(const at::Tensor& query, const TokenLayout& layout,
                         const at::Tensor& key_value, const TokenLayout& key_layout, int64_t heads,
                         double dropout) override {
    if (layout.packed) {
      return PackedCrossAttention(query, layout, key_value, key_layout,
                                  {.heads = heads, .dropout = dropout});
    }
    const auto kv = SplitHeads(key_value, 2, heads);
    return DotProductAttention(SplitHeads(query, 1, heads)[0], {kv[0], kv[1]}, key_layout.mask,
                               /*causal=*/false, dropout);
  }

  at::Tensor Hidden(const at::Tensor& x, torch::nn::Linear& linear, Activation activation,
                    double dropout) override {
    return Dropout(Activate(linear(x), activation), dropout);
  }

  at::Tensor EndBranch(const at::Tensor& x, const at::Tensor& hidden, torch::nn::Linear& linear,
                       double dropout) override {
    return x + Dropout(linear(hidden), dropout);
  }

  SumAndNorm EndBranchAndNorm(const at::Tensor& x, const at::Tensor& hidden,
                              torch::nn::Linear& linear, double dropout, torch::nn::LayerNorm& norm,
                              NormFeeds /*feeds*/) override {
    const at::Tensor sum = EndBranch(x, hidden, linear, dropout);
    return {sum, norm(sum)};
  }

  TokenLoss ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight_VD,
                           const at::Tensor& bias_V, const at::Tensor& targets,
                           const LossOptions& options) override {
    return CrossEntropy(at::linear(hidden, weight_VD, bias_V), targets, options);
  }
};

}  // namespace

Kernels& ReferenceKernels() {
  static LibTorchKernels kernels;
  return kernels;
}

}  // namespace ablate
