#include "model/net/fused/activation.h"

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <memory>
#include <mutex>
#include <utility>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"
#include "model/net/fused/activation_kernel.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/rows.h"

namespace ablate::fused {
namespace {

using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

template <typename Body>
void WithKernels(at::ScalarType type, const Body& body) {
  WithKernelsOf<ActivationKernels>("activation", type, body);
}

int64_t ResultColumns(const at::Tensor& hidden, Activation activation) {
  const int64_t columns = Columns(hidden);
  if (activation != Activation::kSwiGlu) return columns;
  TORCH_CHECK(columns % 2 == 0, "swiglu: ", columns, " columns do not fall into two halves");
  return columns / 2;
}

at::Tensor Forward(const at::Tensor& hidden, const at::Tensor& bias, Activation activation,
                   const RowMask& mask, const at::Tensor& counter) {
  auto sizes = hidden.sizes().vec();
  sizes.back() = ResultColumns(hidden, activation);
  at::Tensor result = at::empty(sizes, hidden.options());
  if (cuda::Computes(hidden.device())) {
    cuda::ActivationForward(hidden, bias, activation, {mask, counter}, result);
    return result;
  }
  WithKernels(
      hidden.scalar_type(), [&]<typename Scalar>(const ActivationKernelsOf<Scalar>& kernels) {
        const ActivationForward<Scalar> rows{.columns = sizes.back(),
                                             .mask = mask,
                                             .hidden = Pointer<Scalar>(hidden),
                                             .bias = Pointer<SumOf<Scalar>>(bias),
                                             .result = MutablePointer<Scalar>(result)};
        const auto forward = kernels.forward[static_cast<size_t>(activation)];
        ForRows(RowCount(result), rows.columns, [&](int64_t first, int64_t last, float* factors) {
          forward(rows, first, last, factors);
        });
      });
  return result;
}

// Gradients of hidden and bias, in this order.
class ActivationNode final : public Node {
 public:
  ActivationNode(const at::Tensor& hidden, const at::Tensor& bias, Activation activation,
                 const RowMask& mask, at::Tensor counter)
      : activation_(activation),
        mask_(mask),
        counter_(std::move(counter)),
        bias_options_(bias.options().requires_grad(false)) {
    if (activation == Activation::kRelu) return;
    kept_ = SavedVariable(hidden, /*is_output=*/false);
    bias_ = SavedVariable(bias, /*is_output=*/false);
  }

  void SaveResult(const at::Tensor& result) {
    if (activation_ == Activation::kRelu) kept_ = SavedVariable(result, /*is_output=*/true);
  }

  std::string name() const override { return "FusedActivationBackward"; }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_.reset_data();
    bias_.reset_data();
  }

 private:
  variable_list apply(variable_list&& incoming) override {
    CheckDifferentiatedOnce("activation");
    const std::lock_guard<std::mutex> lock(mutex_);
    variable_list gradients(2);
    if (!incoming[0].defined()) return gradients;
    const at::Tensor d_result = incoming[0].contiguous();
    const bool relu = activation_ == Activation::kRelu;
    const at::Tensor kept = kept_.unpack(relu ? getptr() : nullptr);
    const at::Tensor bias = relu ? at::Tensor() : bias_.unpack();
    gradients[0] = at::empty(kept.sizes(), kept.options().requires_grad(false));
    if (cuda::Computes(kept.device())) {
      gradients[1] = cuda::ActivationBackward(d_result, kept, bias, activation_, {mask_, counter_},
                                              bias_options_.dtype().toScalarType(), gradients[0]);
      return gradients;
    }
    WithKernels(
        kept.scalar_type(), [&]<typename Scalar>(const ActivationKernelsOf<Scalar>& kernels) {
          const ActivationBackward<Scalar> rows{.columns = Columns(d_result),
                                                .mask = mask_,
                                                .d_result = Pointer<Scalar>(d_result),
                                                .kept = Pointer<Scalar>(kept),
                                                .bias = Pointer<SumOf<Scalar>>(bias),
                                                .d_hidden = MutablePointer<Scalar>(gradients[0])};
          gradients[1] = Run(kernels, rows, RowCount(d_result), Columns(kept));
        });
    return gradients;
  }

  // Returns the gradient of the bias.
  template <typename Scalar>
  at::Tensor Run(const ActivationKernelsOf<Scalar>& kernels, const ActivationBackward<Scalar>& rows,
                 int64_t row_count, int64_t hidden_columns) const {
    const auto backward = kernels.backward[static_cast<size_t>(activation_)];
    const RowBlocks blocks(row_count);
    ColumnSums<SumOf<Scalar>> sums(blocks, hidden_columns, 1);
    ForRowBlocks(blocks, rows.columns,
                 [&](int64_t block, int64_t first, int64_t last, float* factors) {
                   backward(rows, first, last, sums.Of(block, 0), factors);
                 });
    return sums.Total(0, bias_options_);
  }

  Activation activation_;
  RowMask mask_;
  at::Tensor counter_;
  at::TensorOptions bias_options_;
  SavedVariable kept_;
  SavedVariable bias_;
};

}  // namespace

at::Tensor Activate(const at::Tensor& hidden, const at::Tensor& bias, Activation activation,
                    const RowDropout& dropout) {
  CheckRows(hidden, "activation");
  CheckVector(bias, Columns(hidden), hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat,
              "activation bias");
  const RowMask mask = MaskOf(dropout);
  at::Tensor rows, offset;
  {
    const at::AutoDispatchBelowADInplaceOrView no_autograd;
    rows = hidden.contiguous();
    offset = bias.contiguous();
  }
  at::Tensor result = Forward(rows, offset, activation, mask, dropout.counter);
  if (!torch::autograd::compute_requires_grad(hidden, bias)) return result;
  const auto node = std::shared_ptr<ActivationNode>(
      new ActivationNode(rows, offset, activation, mask, dropout.counter),
      torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(hidden, bias));
  torch::autograd::set_history(result, node);
  node->SaveResult(result);
  return result;
}

}  // namespace ablate::fused
