#include "model/net/fused/projection_loss.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/half_projection_loss.h"
#include "model/net/fused/loss_gradients.h"
#include "model/net/fused/pairing_kernel.h"
#include "model/net/fused/parallel.h"
#include "model/net/fused/projection_loss_kernel.h"
#include "model/net/fused/rows.h"
#include "model/product_rows.h"

namespace ablate::fused {
namespace {

// Rows whose gradients are summed in one go, so that the sums do not depend on the threads.
constexpr int64_t kSlab = 32;

// Rows that are multiplied for so many.
int64_t FilledRows(int64_t rows, at::ScalarType type) {
  return type == at::kBFloat16 ? RoundUp(rows, kHalfProductRows) : rows;
}

// By measurement. Each block passes over the weight's gradient, that of bfloat16 also over a sum in
// float32; more rows than these gain nothing. The bytes bound the memory of large vocabularies.
// Blocks are of about one size.
int64_t BlockRows(int64_t rows, int64_t vocabulary, at::ScalarType type) {
  constexpr int64_t kMostBytes = int64_t{64} << 20;
  const int64_t enough = type == at::kBFloat16 ? 1024 : 256;
  const auto row_bytes = static_cast<int64_t>(vocabulary * c10::elementSize(type));
  const int64_t most = std::clamp(kMostBytes / row_bytes, kSlab, enough);
  const int64_t blocks = (rows + most - 1) / most;
  return FilledRows(RoundUp((rows + blocks - 1) / blocks, kLogitRowGroup), type);
}

template <typename Scalar, typename Sum>
auto KernelFor() {
  const auto& kernels = Kernels<ProjectionLossKernels>();
  if constexpr (std::is_same_v<Scalar, double>) {
    return kernels.of_double;
  } else if constexpr (std::is_same_v<Scalar, float>) {
    return kernels.of_float;
  } else {
    return kernels.of_bfloat16;
  }
}

// One call's `rows` rows, none of them ignored, block after block. Rows of zeros follow them in
// `hidden`, as many as make up FilledRows.
template <typename Scalar, typename Sum>
class Blocks {
 public:
  Blocks(const at::Tensor& hidden_ND, int64_t rows, const at::Tensor& weight_VD,
         const at::Tensor& bias_V, const int64_t* targets, const LossRequest& settings)
      : hidden_(hidden_ND),
        weight_(weight_VD),
        bias_(bias_V),
        targets_(targets),
        settings_(settings),
        rows_(rows),
        vocabulary_(weight_VD.size(0)),
        block_(BlockRows(rows_, vocabulary_, hidden_ND.scalar_type())),
        sum_type_(bias_V.options()),
        logits_(at::empty({block_, vocabulary_}, hidden_.options())) {
    if (settings.AnyGradient()) column_sums_ = at::empty({SlabsOf(block_), vocabulary_}, sum_type_);
    losses_.resize(rows_);
  }

  LossGradients Run() {
    if (settings_.need_hidden) result_.hidden = at::empty_like(hidden_);
    if (settings_.need_weight) result_.weight = at::empty_like(weight_);
    if (settings_.need_bias) result_.bias = at::zeros_like(bias_);
    for (int64_t first = 0; first < rows_; first += block_) {
      RunBlock(first, std::min(block_, rows_ - first));
    }
    if (weight_sum_.defined()) result_.weight.copy_(weight_sum_);
    const double sum = std::accumulate(losses_.begin(), losses_.end(), 0.0);
    result_.loss = at::full({}, sum * settings_.scale, sum_type_);
    return std::move(result_);
  }

 private:
  static int64_t SlabsOf(int64_t rows) { return (rows + kSlab - 1) / kSlab; }

  void RunBlock(int64_t first, int64_t count) {
    const int64_t products = std::min(block_, hidden_.size(0) - first);
    at::Tensor logits = logits_.narrow(0, 0, products);
    const at::Tensor hidden = hidden_.narrow(0, first, products);
    at::mm_out(logits, hidden, weight_.t());
    ParallelFor(0, SlabsOf(count), 1, [&](int64_t begin, int64_t end) {
      for (int64_t slab = begin; slab < end; ++slab) RunSlab(slab, first, count);
    });
    if (products > count) logits.narrow(0, count, products - count).zero_();
    if (settings_.need_hidden) {
      at::Tensor to = result_.hidden.narrow(0, first, products);
      at::mm_out(to, logits, weight_);
    }
    if (settings_.need_weight) AddToWeight(logits.t(), hidden, first == 0, count == rows_);
    if (settings_.need_bias) result_.bias.add_(column_sums_.narrow(0, 0, SlabsOf(count)).sum(0));
  }

  void RunSlab(int64_t slab, int64_t first, int64_t count) {
    LogitRows<Scalar, Sum> rows{};
    rows.logits = logits_.mutable_data_ptr<Scalar>() + slab * kSlab * vocabulary_;
    rows.stride = vocabulary_;
    rows.bias = bias_.const_data_ptr<Sum>();
    rows.targets = targets_ + first + slab * kSlab;
    rows.rows = std::min(kSlab, count - slab * kSlab);
    rows.vocabulary = vocabulary_;
    rows.label_smoothing = static_cast<Sum>(settings_.label_smoothing);
    rows.scale = static_cast<Sum>(settings_.scale);
    if (column_sums_.defined()) {
      rows.column_sums = column_sums_.mutable_data_ptr<Sum>() + slab * vocabulary_;
      std::fill_n(rows.column_sums, vocabulary_, Sum(0));
    }
    std::vector<Sum> scratch;
    if (!std::is_same_v<Scalar, Sum>) scratch.resize(kLogitRowGroup * vocabulary_);
    rows.scratch = scratch.data();
    rows.losses = losses_.data() + first + slab * kSlab;
    KernelFor<Scalar, Sum>()(rows);
  }

  // Several blocks of bfloat16 are summed in float32: each sum would else be rounded.
  void AddToWeight(const at::Tensor& gradients_VN, const at::Tensor& hidden, bool is_first,
                   bool is_only) {
    if (std::is_same_v<Scalar, Sum> || is_only) {
      at::addmm_out(result_.weight, result_.weight, gradients_VN, hidden, is_first ? 0 : 1);
      return;
    }
    at::mm_out(result_.weight, gradients_VN, hidden);
    if (is_first) {
      weight_sum_ = result_.weight.to(sum_type_);
    } else {
      weight_sum_.add_(result_.weight);
    }
  }

  const at::Tensor &hidden_, &weight_, &bias_;
  const int64_t* targets_;
  const LossRequest& settings_;
  int64_t rows_, vocabulary_, block_;
  at::TensorOptions sum_type_;
  at::Tensor logits_;       // of a block
  at::Tensor column_sums_;  // [slabs, V]
  at::Tensor weight_sum_;
  std::vector<Sum> losses_;
  LossGradients result_;
};

LossGradients RunBlocks(const at::Tensor& hidden, int64_t rows, const at::Tensor& weight,
                        const at::Tensor& bias, const int64_t* targets,
                        const LossRequest& settings) {
  switch (hidden.scalar_type()) {
    case at::kDouble:
      return Blocks<double, double>(hidden, rows, weight, bias, targets, settings).Run();
    case at::kBFloat16:
      return Blocks<at::BFloat16, float>(hidden, rows, weight, bias, targets, settings).Run();
    default:
      return Blocks<float, float>(hidden, rows, weight, bias, targets, settings).Run();
  }
}

// The rows whose targets count; throws where one is no id.
std::vector<int64_t> RealRows(const at::Tensor& targets, int64_t ignored, int64_t vocabulary) {
  std::vector<int64_t> real;
  real.reserve(targets.numel());
  const int64_t* const ids = targets.const_data_ptr<int64_t>();
  for (int64_t row = 0; row < targets.numel(); ++row) {
    if (ids[row] == ignored) continue;
    TORCH_CHECK(ids[row] >= 0 && ids[row] < vocabulary, "ProjectionLoss: target ", ids[row],
                " of row ", row, " is no id of a vocabulary of ", vocabulary);
    real.push_back(row);
  }
  return real;
}

LossGradients ZerosFor(const LossRequest& settings, const at::Tensor& hidden,
                       const at::Tensor& weight, const at::Tensor& bias) {
  const auto zeros = [](bool needed, const at::Tensor& of) {
    return needed ? at::zeros_like(of) : at::Tensor();
  };
  return {.loss = at::zeros({}, bias.options()),
          .hidden = zeros(settings.need_hidden, hidden),
          .weight = zeros(settings.need_weight, weight),
          .bias = zeros(settings.need_bias, bias)};
}

// Of the rows of `hidden` that `real` names, side by side; what follows them in the gradient is 0.
LossGradients RunOnGathered(const at::Tensor& hidden, const std::vector<int64_t>& real,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& targets, const LossRequest& settings,
                            const WeightPanels* panels) {
  const auto count = static_cast<int64_t>(real.size());
  const at::Tensor index = at::tensor(real, at::kLong);
  const at::Tensor real_targets = targets.index_select(0, index);
  const auto* const ids = real_targets.const_data_ptr<int64_t>();
  at::Tensor real_hidden = hidden.index_select(0, index);
  LossGradients result;
  if (panels != nullptr) {
    result = HalfProjectionLoss(real_hidden, count, *panels, bias, ids, settings);
  } else {
    const int64_t fillers = FilledRows(count, hidden.scalar_type()) - count;
    if (fillers > 0) real_hidden = at::constant_pad_nd(real_hidden, {0, 0, 0, fillers});
    result = RunBlocks(real_hidden, count, weight, bias, ids, settings);
  }
  if (result.hidden.defined()) {
    result.hidden = at::zeros_like(hidden).index_copy_(0, index, result.hidden.narrow(0, 0, count));
  }
  return result;
}

LossGradients RunOnRealRows(const at::Tensor& hidden, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& targets, int64_t ignored,
                            const LossRequest& settings, const WeightPanels* panels) {
  if (cuda::Computes(hidden.device())) {
    return cuda::ProjectionLoss(hidden, weight, bias, targets, ignored, settings);
  }
  const std::vector<int64_t> real = RealRows(targets, ignored, weight.size(0));
  const auto count = static_cast<int64_t>(real.size());
  if (count == 0) return ZerosFor(settings, hidden, weight, bias);
  const auto* const ids = targets.const_data_ptr<int64_t>();
  if (panels != nullptr && real.back() == count - 1) {
    return HalfProjectionLoss(hidden, count, *panels, bias, ids, settings);
  }
  const bool all = count == targets.numel() && count == FilledRows(count, hidden.scalar_type());
  if (panels == nullptr && all) return RunBlocks(hidden, count, weight, bias, ids, settings);
  return RunOnGathered(hidden, real, weight, bias, targets, settings, panels);
}

class ProjectionLossFunction : public torch::autograd::Function<ProjectionLossFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& hidden,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& targets, int64_t ignored, const LossRequest& settings,
                            const WeightPanels* panels) {
    const at::Tensor rows = hidden.reshape({-1, hidden.size(-1)}).contiguous();
    LossGradients result = RunOnRealRows(rows, weight.contiguous(), bias.contiguous(),
                                         targets.contiguous().flatten(), ignored, settings, panels);
    if (result.hidden.defined()) result.hidden = result.hidden.view(hidden.sizes());
    if (settings.AnyGradient()) {
      context->saved_data["gradients"] = std::vector<std::optional<at::Tensor>>{
          Optional(result.hidden), Optional(result.weight), Optional(result.bias)};
      context->saved_data["pending_scale"] = result.pending_scale;
    }
    return result.loss;
  }

  // The gradients are handed over, not copied, so that the engine may keep them as they are.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list upstream) {
    CheckDifferentiatedOnce("projection loss");
    TORCH_CHECK(context->saved_data.count("gradients") == 1,
                "ProjectionLoss: its gradients were made once and are given away; compute the "
                "loss again for a second backward pass");
    const auto made = context->saved_data["gradients"].toListRef().vec();
    context->saved_data.erase("gradients");
    torch::autograd::variable_list gradients(7);
    for (size_t i = 0; i < made.size(); ++i) {
      if (!made[i].isNone()) gradients[i] = made[i].toTensor();
    }
    Scale(gradients, upstream.at(0), context->saved_data["pending_scale"].toDouble());
    return gradients;
  }

 private:
  static void Scale(const torch::autograd::variable_list& gradients, const at::Tensor& upstream,
                    double pending_scale) {
    const bool on_device = cuda::Computes(upstream.device());
    const double factor = on_device ? 1 : upstream.item<double>() * pending_scale;
    for (const at::Tensor& gradient : gradients) {
      if (!gradient.defined()) continue;
      if (on_device) cuda::Scale(gradient, upstream, pending_scale);
      if (factor != 1) gradient.mul_(factor);
    }
  }

  static std::optional<at::Tensor> Optional(const at::Tensor& tensor) {
    return tensor.defined() ? std::optional(tensor) : std::nullopt;
  }
};

void Check(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& bias,
           const at::Tensor& targets, double label_smoothing, const WeightPanels* panels) {
  const at::ScalarType type = hidden.scalar_type();
  const bool known = type == at::kFloat || type == at::kDouble || type == at::kBFloat16 ||
                     (type == at::kHalf && cuda::Computes(hidden.device()));
  TORCH_CHECK(panels == nullptr || (type == at::kBFloat16 && FitsPanels(weight) &&
                                    panels->backward.rows == RoundUp(weight.size(0), kPairedSide) &&
                                    panels->backward.columns == weight.size(1)),
              "ProjectionLoss: these are no panels of the weight, or hidden is not bfloat16");
  TORCH_CHECK(known && weight.scalar_type() == (panels == nullptr ? type : at::kFloat),
              "ProjectionLoss: hidden and weight must be both float32, float64 or bfloat16, not ",
              type, " and ", weight.scalar_type());
  TORCH_CHECK(bias.scalar_type() == (type == at::kDouble ? at::kDouble : at::kFloat),
              "ProjectionLoss: the bias must be float32 (float64 of float64 inputs), not ",
              bias.scalar_type());
  TORCH_CHECK(targets.scalar_type() == at::kLong, "ProjectionLoss: targets must be int64, not ",
              targets.scalar_type());
  TORCH_CHECK(weight.dim() == 2 && weight.size(0) > 0 && hidden.size(-1) == weight.size(1) &&
                  bias.dim() == 1 && bias.size(0) == weight.size(0) &&
                  hidden.sizes().slice(0, hidden.dim() - 1) == targets.sizes(),
              "ProjectionLoss: shapes do not fit: hidden ", hidden.sizes(), ", weight ",
              weight.sizes(), ", bias ", bias.sizes(), ", targets ", targets.sizes());
  TORCH_CHECK(label_smoothing >= 0 && label_smoothing < 1,
              "ProjectionLoss: label smoothing must be in [0, 1), not ", label_smoothing);
}

}  // namespace

at::Tensor ProjectionLoss(const at::Tensor& hidden, const at::Tensor& weight,
                          const at::Tensor& bias, const at::Tensor& targets, int64_t ignored,
                          double label_smoothing, double scale, const WeightPanels* panels) {
  Check(hidden, weight, bias, targets, label_smoothing, panels);
  const bool enabled = at::GradMode::is_enabled();
  const LossRequest settings{.label_smoothing = label_smoothing,
                             .scale = scale,
                             .need_hidden = enabled && hidden.requires_grad(),
                             .need_weight = enabled && weight.requires_grad(),
                             .need_bias = enabled && bias.requires_grad()};
  return ProjectionLossFunction::apply(hidden, weight, bias, targets, ignored, settings, panels);
}

}  // namespace ablate::fused
