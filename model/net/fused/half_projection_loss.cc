#include "model/net/fused/half_projection_loss.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "model/net/fused/block_product.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/half_loss_kernel.h"
#include "model/net/fused/pairing_kernel.h"
#include "model/net/fused/parallel.h"
#include "model/net/fused/rows.h"
#include "model/product_rows.h"

namespace ablate::fused {
namespace {

using c10::BFloat16;

// Words of the weight's gradient that are made at once.
constexpr int64_t kWords = 64;

// Rows whose exponentials are kept at a time: many, so that what is loaded of the weight serves
// many of them, but so many bytes at most. A multiple of kPairedSide.
int64_t BlockRows(int64_t rows, int64_t width) {
  constexpr int64_t kMostBytes = int64_t{64} << 20, kMostRows = 1024;
  const int64_t fitting = kMostBytes / (width * static_cast<int64_t>(sizeof(BFloat16)));
  const int64_t most =
      std::clamp<int64_t>(fitting / kPairedSide * kPairedSide, kPairedSide, kMostRows);
  const int64_t blocks = (rows + most - 1) / most;
  return RoundUp((rows + blocks - 1) / blocks, kPairedSide);
}

class Blocks {
 public:
  Blocks(const at::Tensor& hidden_ND, int64_t rows, const WeightPanels& weight,
         const at::Tensor& bias_V, const int64_t* targets, const LossRequest& request)
      : hidden_(hidden_ND),
        rows_(rows),
        weight_(weight),
        bias_(bias_V),
        targets_(targets),
        request_(request),
        vocabulary_(bias_V.size(0)),
        width_(weight.forward.columns),
        panels_((width_ + kPairedPanel - 1) / kPairedPanel),
        block_(BlockRows(rows, width_)),
        numbers_(at::empty({block_ * width_}, hidden_ND.options())),
        maxima_(block_ * panels_),
        sums_(block_ * panels_),
        logit_sums_(block_ * panels_),
        target_logits_(block_),
        target_gradients_(block_),
        losses_(rows) {}

  LossGradients Run() {
    Allocate();
    for (int64_t first = 0; first < rows_; first += block_) {
      const int64_t count = std::min(block_, rows_ - first);
      MakeExponentials(first, count);
      MakeLosses(first, count);
      if (request_.AnyGradient()) MakeGradients(first, count);
      if (request_.need_hidden) MakeHidden(first, count);
    }
    const double sum = std::accumulate(losses_.begin(), losses_.end(), 0.0);
    result_.loss = at::full({}, sum * request_.scale, bias_.options());
    return std::move(result_);
  }

 private:
  void Allocate() {
    if (request_.need_hidden) {
      result_.hidden = at::empty_like(hidden_);
      result_.hidden.narrow(0, rows_, hidden_.size(0) - rows_).zero_();
    }
    if (request_.need_weight) {
      weight_sum_ = at::empty({width_, hidden_.size(1)}, bias_.options());
      // No view of it in autograd's eyes: the engine adds to what nobody else has.
      const at::AutoDispatchBelowADInplaceOrView no_autograd;
      result_.weight = width_ == vocabulary_ ? weight_sum_ : weight_sum_.narrow(0, 0, vocabulary_);
    }
    if (request_.need_bias) result_.bias = at::zeros_like(bias_);
  }

  int64_t RealColumns(int64_t column) const { return std::min(kPairedPanel, vocabulary_ - column); }

  // [count, its columns].
  BFloat16* PanelOf(int64_t column, int64_t count) {
    return numbers_.mutable_data_ptr<BFloat16>() + column * count;
  }

  void MakeExponentials(int64_t first, int64_t count) {
    const int64_t columns = hidden_.size(1);
    const auto* const rows = hidden_.const_data_ptr<BFloat16>() + first * columns;
    const auto* const bias = bias_.const_data_ptr<float>();
    const auto exponentials = Kernels<HalfLossKernels>().exponentials;
    MultiplyRows({rows, count, columns, columns}, weight_.forward, [&](const ProductBlock& block) {
      const int64_t statistic = block.row * panels_ + block.column / kPairedPanel;
      exponentials({.product = block.product,
                    .rows = block.rows,
                    .columns = block.columns,
                    .stride = block.stride,
                    .first = block.column,
                    .real = RealColumns(block.column),
                    .bias = bias + block.column,
                    .targets = targets_ + first + block.row,
                    .exponentials = PanelOf(block.column, count) + block.row * block.columns,
                    .maxima = maxima_.data() + statistic,
                    .sums = sums_.data() + statistic,
                    .logit_sums = logit_sums_.data() + statistic,
                    .statistics_stride = panels_,
                    .target_logits = target_logits_.data() + block.row});
    });
  }

  void MakeLosses(int64_t first, int64_t count) {
    Kernels<HalfLossKernels>().losses(
        {.rows = count,
         .vocabulary = vocabulary_,
         .panels = panels_,
         .label_smoothing = static_cast<float>(request_.label_smoothing),
         .scale = static_cast<float>(request_.scale),
         .target_logits = target_logits_.data(),
         .maxima = maxima_.data(),
         .sums = sums_.data(),
         .logit_sums = logit_sums_.data(),
         .losses = losses_.data() + first,
         .target_gradients = target_gradients_.data()});
  }

  // Of the logits, and from each panel of them, while it is in the second cache, of its words'
  // weights and biases.
  void MakeGradients(int64_t first, int64_t count) {
    const PairedMatrix hidden = PairRows(hidden_.narrow(0, first, count));
    ParallelFor(0, panels_, 1, [&](int64_t begin, int64_t end) {
      Room<BFloat16> transposed(kPairedPanel * TransposedStride(count));
      for (int64_t panel = begin; panel < end; ++panel) {
        const Matrix<BFloat16> gradients = MakePanelGradients(first, count, panel * kPairedPanel);
        if (!request_.need_weight && !request_.need_bias) continue;
        AddToWords(first, gradients, panel * kPairedPanel, hidden, transposed.data());
      }
    });
  }

  Matrix<BFloat16> MakePanelGradients(int64_t first, int64_t count, int64_t column) {
    const int64_t columns = std::min(kPairedPanel, width_ - column);
    BFloat16* const numbers = PanelOf(column, count);
    const auto uniform = static_cast<float>(request_.scale * request_.label_smoothing /
                                            static_cast<double>(vocabulary_));
    Kernels<HalfLossKernels>().gradients({.numbers = numbers,
                                          .rows = count,
                                          .columns = columns,
                                          .first = column,
                                          .real = RealColumns(column),
                                          .factors = maxima_.data() + column / kPairedPanel,
                                          .factors_stride = panels_,
                                          .uniform = uniform,
                                          .targets = targets_ + first,
                                          .target_gradients = target_gradients_.data()});
    return {numbers, count, columns, columns};
  }

  void AddToWords(int64_t first, const Matrix<BFloat16>& gradients, int64_t column,
                  const PairedMatrix& hidden, BFloat16* transposed) {
    std::array<float, kPairedPanel> column_sums;
    const int64_t stride = TransposedStride(gradients.rows);
    Kernels<PairingKernels>().transpose(gradients, hidden.rows, transposed, stride,
                                        column_sums.data());
    if (request_.need_bias) {
      auto* const bias = result_.bias.mutable_data_ptr<float>() + column;
      for (int64_t i = 0; i < RealColumns(column); ++i) bias[i] += column_sums[i];
    }
    if (!request_.need_weight) return;
    auto* const weight = weight_sum_.mutable_data_ptr<float>() + column * hidden.columns;
    for (int64_t word = 0; word < gradients.columns; word += kWords) {
      MultiplyInner({transposed + word * stride, std::min(kWords, gradients.columns - word),
                     hidden.rows, stride},
                    hidden, /*add=*/first > 0, weight + word * hidden.columns);
    }
  }

  void MakeHidden(int64_t first, int64_t count) {
    const int64_t columns = hidden_.size(1);
    auto* const to = result_.hidden.mutable_data_ptr<BFloat16>() + first * columns;
    const auto round = Kernels<PairingKernels>().round;
    std::vector<Matrix<BFloat16>> panels;
    for (int64_t column = 0; column < width_; column += kPairedPanel) {
      const int64_t inner = std::min(kPairedPanel, width_ - column);
      panels.push_back({PanelOf(column, count), count, inner, inner});
    }
    MultiplyRows(panels, weight_.backward, [&](const ProductBlock& block) {
      round({block.product, block.rows, block.columns, block.stride}, /*bias=*/nullptr,
            to + block.row * columns + block.column, columns);
    });
  }

  const at::Tensor& hidden_;
  int64_t rows_;
  const WeightPanels& weight_;
  const at::Tensor& bias_;
  const int64_t* targets_;
  const LossRequest& request_;
  int64_t vocabulary_;
  int64_t width_;  // the vocabulary, made up to whole blocks
  int64_t panels_;
  int64_t block_;
  at::Tensor numbers_;                      // exponentials, then gradients: a block's panels
  Room<float> maxima_, sums_, logit_sums_;  // [block, panels]
  Room<float> target_logits_, target_gradients_;
  std::vector<float> losses_;
  at::Tensor weight_sum_;  // [width, D]
  LossGradients result_;
};

}  // namespace

LossGradients HalfProjectionLoss(const at::Tensor& hidden_ND, int64_t rows,
                                 const WeightPanels& weight_VD, const at::Tensor& bias_V,
                                 const int64_t* targets, const LossRequest& request) {
  return Blocks(hidden_ND, rows, weight_VD, bias_V, targets, request).Run();
}

}  // namespace ablate::fused
