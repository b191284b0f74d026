#include <algorithm>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"

namespace ablate::cuda {
namespace {

int64_t BlockRows(const at::Tensor& hidden_ND, int64_t vocabulary, int64_t logit_bytes) {
  const auto row_bytes =
      static_cast<int64_t>(vocabulary * c10::elementSize(hidden_ND.scalar_type()));
  const int64_t rows = std::max<int64_t>(hidden_ND.size(0), 1);
  const int64_t most = std::max<int64_t>(logit_bytes / row_bytes, 1);
  const int64_t blocks = (rows + most - 1) / most;
  return (rows + blocks - 1) / blocks;
}

// One call's rows, block after block.
class Blocks {
 public:
  Blocks(const at::Tensor& hidden_ND, const at::Tensor& weight_VD, const at::Tensor& bias_V,
         const at::Tensor& targets, int64_t ignored, const fused::LossRequest& request,
         int64_t logit_bytes)
      : hidden_(hidden_ND),
        weight_(weight_VD),
        bias_(bias_V),
        targets_(targets),
        ignored_(ignored),
        request_(request),
        rows_(hidden_ND.size(0)),
        block_(BlockRows(hidden_ND, weight_VD.size(0), logit_bytes)),
        sum_type_(bias_V.scalar_type()),
        logits_(at::empty({block_, weight_VD.size(0)}, hidden_ND.options())),
        losses_(at::empty({rows_}, bias_V.options())) {}

  fused::LossGradients Run() {
    if (hidden_.scalar_type() == at::kHalf) made_.pending_scale = request_.scale;
    if (request_.need_hidden) made_.hidden = at::empty_like(hidden_);
    if (request_.need_weight && block_ != rows_) {
      weight_sum_ = at::zeros(weight_.sizes(), weight_.options().dtype(sum_type_));
    }
    if (request_.need_bias) made_.bias = at::zeros_like(bias_);
    for (int64_t first = 0; first < rows_; first += block_) {
      RunBlock(first, std::min(block_, rows_ - first));
    }
    if (request_.need_weight && !made_.weight.defined()) {
      made_.weight = weight_sum_.to(weight_.scalar_type());
    }
    made_.loss = losses_.sum().mul_(request_.scale);
    return std::move(made_);
  }

 private:
  void RunBlock(int64_t first, int64_t count) {
    at::Tensor logits = logits_.narrow(0, 0, count);
    const at::Tensor hidden = hidden_.narrow(0, first, count);
    at::mm_out(logits, hidden, weight_.t());
    TurnIntoGradients(logits, first, count);
    if (request_.need_hidden) {
      at::Tensor to = made_.hidden.narrow(0, first, count);
      at::mm_out(to, logits, weight_);
    }
    if (request_.need_weight) AddToWeight(logits.t(), hidden, count == rows_);
    if (request_.need_bias) made_.bias.add_(at::sum(logits, {0}, /*keepdim=*/false, sum_type_));
  }

  void TurnIntoGradients(const at::Tensor& logits, int64_t first, int64_t count) {
    const int64_t vocabulary = logits.size(1);
    const LogitRows rows{.vocabulary = vocabulary,
                         .quads = AreQuads(vocabulary, {logits, bias_}),
                         .logits = MutableAddress(logits),
                         .bias = Address(bias_),
                         .targets = targets_.const_data_ptr<int64_t>() + first,
                         .ignored = ignored_,
                         .label_smoothing = request_.label_smoothing,
                         .scale = request_.scale / made_.pending_scale,
                         .gradients = request_.AnyGradient(),
                         .losses = MutableAddress(losses_.narrow(0, first, count))};
    Launch({.source = "projection_loss",
            .kernel = KernelName("ProjectionLoss", {logits.scalar_type()}),
            .blocks = {static_cast<unsigned int>(count)},
            .threads = ThreadsFor(vocabulary, kMostThreads),
            .arguments = &rows},
           logits.device());
  }

  // Blocks of 16-bit numbers are summed in float32: each sum would else be rounded.
  void AddToWeight(const at::Tensor& gradients_VN, const at::Tensor& hidden, bool is_only) {
    if (is_only) {
      made_.weight = at::mm(gradients_VN, hidden);
    } else if (weight_.scalar_type() == sum_type_) {
      weight_sum_.addmm_(gradients_VN, hidden);
    } else {
      weight_sum_.add_(at::mm(gradients_VN, hidden));
    }
  }

  const at::Tensor &hidden_, &weight_, &bias_, &targets_;
  int64_t ignored_;
  const fused::LossRequest& request_;
  int64_t rows_, block_;
  at::ScalarType sum_type_;
  at::Tensor logits_;  // of a block
  at::Tensor losses_;
  at::Tensor weight_sum_;
  fused::LossGradients made_;
};

}  // namespace

fused::LossGradients ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight,
                                    const at::Tensor& bias, const at::Tensor& targets,
                                    int64_t ignored, const fused::LossRequest& request,
                                    int64_t logit_bytes) {
  return Blocks(hidden, weight, bias, targets, ignored, request, logit_bytes).Run();
}

void Scale(const at::Tensor& gradient, const at::Tensor& factor, double scale) {
  constexpr int64_t kThreads = 256, kMostBlocks = 2048;
  if (gradient.numel() == 0) return;
  const ScaledNumbers numbers{.count = gradient.numel(),
                              .numbers = MutableAddress(gradient),
                              .factor = Address(factor),
                              .scale = scale};
  const int64_t blocks = std::min((gradient.numel() + kThreads - 1) / kThreads, kMostBlocks);
  Launch({.source = "projection_loss",
          .kernel = KernelName("Scale", {gradient.scalar_type()}),
          .blocks = {static_cast<unsigned int>(blocks)},
          .threads = static_cast<unsigned int>(kThreads),
          .arguments = &numbers},
         gradient.device());
}

}  // namespace ablate::cuda
