#include <ATen/autocast_mode.h>

#include <cmath>
#include <unordered_set>

#include "model/data/vocabulary_spec.h"
#include "model/net/dropout.h"
#include "model/net/fused/activation.h"
#include "model/net/fused/embedding.h"
#include "model/net/fused/half_linear.h"
#include "model/net/fused/projection_loss.h"
#include "model/net/fused/residual.h"
#include "model/net/fused/weight_casts.h"
#include "model/net/kernels.h"
#include "model/net/packed_attention.h"

namespace ablate {
namespace {

using fused::NormWeights;
using fused::RowDropout;

RowDropout Draw(double probability) {
  if (probability == 0) return {};
  return {probability, NextDropoutSeed(), DropoutCounter()};
}

NormWeights WeightsOf(torch::nn::LayerNorm& norm) {
  return {norm->weight, norm->bias, norm->options.eps()};
}

// Keeps autocast from casting what is cast already. Within its scope autocast says that it is off.
class NoAutocast {
 private:
  c10::impl::ExcludeDispatchKeyGuard guard_{c10::autocast_dispatch_keyset};
};

// Attention is the CPU's blocked one, or on a GPU the reference's, whose kernels are fused ones.
class FusedKernels final : public Kernels {
 public:
  explicit FusedKernels(at::DeviceType device) : device_(device) {}

  at::Tensor Embed(const at::Tensor& weight_VD, const at::Tensor& ids, const TokenLayout& layout,
                   const at::Tensor& positions_PD, double dropout) override {
    const at::Tensor position_of =
        layout.packed ? layout.positions
                      : at::arange(ids.size(1), ids.options()).expand_as(ids).contiguous();
    return fused::Embed(weight_VD, ids, position_of, positions_PD,
                        std::sqrt(static_cast<double>(weight_VD.size(1))), kPad, Draw(dropout),
                        row_gradients_.contains(weight_VD.const_data_ptr()));
  }

  at::Tensor Project(const at::Tensor& x, torch::nn::Linear& linear) override {
    return Product(x, linear->weight, linear->bias);
  }

  at::Tensor Norm(const at::Tensor& x, torch::nn::LayerNorm& norm, NormFeeds feeds) override {
    return fused::Norm(x, WeightsOf(norm), TypeFor(x, feeds));
  }

  at::Tensor AttendSelf(const at::Tensor& query_key_value, const TokenLayout& layout, int64_t heads,
                        bool causal, double dropout) override {
    if (device_ != at::kCPU) {
      return ReferenceKernels().AttendSelf(query_key_value, layout, heads, causal, dropout);
    }
    return BlockedSelfAttention(query_key_value, layout, {heads, causal, dropout});
  }

  at::Tensor AttendCross(const at::Tensor& query, const TokenLayout& layout,
                         const at::Tensor& key_value, const TokenLayout& key_layout, int64_t heads,
                         double dropout) override {
    if (device_ != at::kCPU) {
      return ReferenceKernels().AttendCross(query, layout, key_value, key_layout, heads, dropout);
    }
    return BlockedCrossAttention(query, layout, key_value, key_layout,
                                 {.heads = heads, .dropout = dropout});
  }

  at::Tensor Hidden(const at::Tensor& x, torch::nn::Linear& linear, Activation activation,
                    double dropout) override {
    return fused::Activate(Product(x, linear), linear->bias, activation, Draw(dropout));
  }

  at::Tensor EndBranch(const at::Tensor& x, const at::Tensor& hidden, torch::nn::Linear& linear,
                       double dropout) override {
    return fused::Add(x, Product(hidden, linear), linear->bias, Draw(dropout));
  }

  SumAndNorm EndBranchAndNorm(const at::Tensor& x, const at::Tensor& hidden,
                              torch::nn::Linear& linear, double dropout, torch::nn::LayerNorm& norm,
                              NormFeeds feeds) override {
    const auto result = fused::AddNorm(x, Product(hidden, linear), linear->bias, Draw(dropout),
                                       WeightsOf(norm), TypeFor(x, feeds));
    return {result.sum, result.normed};
  }

  TokenLoss ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight_VD,
                           const at::Tensor& bias_V, const at::Tensor& targets,
                           const LossOptions& options) override {
    const auto type = ProductType();
    const NoAutocast no_autocast;
    const auto loss = [&](const at::Tensor& weight, const fused::WeightPanels* panels) {
      return fused::ProjectionLoss(To(type, hidden), weight, bias_V, targets, kPad,
                                   options.label_smoothing, options.scale, panels);
    };
    const at::Tensor count = (targets != kPad).sum();
    if (type == at::kBFloat16 && fused::FitsPanels(weight_VD)) {
      const fused::WeightPanels panels = casts_.Panels(weight_VD);
      return {.sum = loss(weight_VD, &panels), .count = count};
    }
    return {.sum = loss(Cast(type, weight_VD), nullptr), .count = count};
  }

  void ParametersChanged() override { casts_.Refresh(); }

  void TakeRowGradients(const at::Tensor& weight_VD) override {
    if (device_ == at::kCPU) row_gradients_.insert(weight_VD.const_data_ptr());
  }

 private:
  // What matrix products compute in: nothing where it is the type of what they are given.
  std::optional<at::ScalarType> ProductType() const {
    if (!at::autocast::is_autocast_enabled(device_)) return std::nullopt;
    return at::autocast::get_autocast_dtype(device_);
  }

  at::ScalarType TypeFor(const at::Tensor& x, NormFeeds feeds) const {
    return feeds == NormFeeds::kProduct ? ProductType().value_or(x.scalar_type()) : x.scalar_type();
  }

  static at::Tensor To(std::optional<at::ScalarType> type, const at::Tensor& x) {
    return x.to(type.value_or(x.scalar_type()));
  }

  at::Tensor Product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    const auto type = ProductType();
    const NoAutocast no_autocast;
    if (type == at::kBFloat16 && fused::FitsHalfLinear(weight)) {
      return fused::HalfLinear(To(type, x), weight, casts_.Panels(weight), bias);
    }
    return at::linear(To(type, x), Cast(type, weight), Cast(type, bias));
  }

  // Without the bias, which what follows adds.
  at::Tensor Product(const at::Tensor& x, torch::nn::Linear& linear) {
    return Product(x, linear->weight, /*bias=*/{});
  }

  // Of a parameter, or of none.
  at::Tensor Cast(std::optional<at::ScalarType> type, const at::Tensor& parameter) {
    return type && parameter.defined() ? casts_.Get(parameter, *type) : parameter;
  }

  at::DeviceType device_;
  fused::WeightCasts casts_;
  std::unordered_set<const void*> row_gradients_;  // tables, by where they lie
};

}  // namespace

std::unique_ptr<Kernels> MakeFusedKernels(at::Device device) {
  TORCH_CHECK(device.is_cpu() || device.is_cuda(), "fused kernels are those of CPU and CUDA");
  return std::make_unique<FusedKernels>(device.type());
}

bool FusedKernelsTakeAnyRows(const TransformerConfig& config) {
  return fused::HasBlockProducts() && fused::FitsBlocks(HiddenUnits(config), config.d_model);
}

}  // namespace ablate
