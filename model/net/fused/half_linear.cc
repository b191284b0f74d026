#include "model/net/fused/half_linear.h"

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <memory>
#include <mutex>
#include <utility>

#include "model/net/cuda/launch.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/pairing_kernel.h"
#include "model/net/fused/parallel.h"
#include "model/net/fused/rows.h"
#include "model/product_rows.h"

namespace ablate::fused {
namespace {

using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

at::Tensor RowsOf(const at::Tensor& x) { return x.reshape({-1, x.size(-1)}).contiguous(); }

// Gradients of x, weight and bias, in this order.
class HalfLinearNode final : public Node {
 public:
  enum Input { kX, kWeight, kBias, kInputs };

  HalfLinearNode(const at::Tensor& x, const at::Tensor& weight, const PairedMatrix& backward)
      : x_(x, /*is_output=*/false),
        panels_(backward.panels, /*is_output=*/false),
        x_sizes_(x.sizes().vec()),
        outputs_(weight.size(0)),
        weight_options_(weight.options().requires_grad(false)) {}

  std::string name() const override { return "HalfLinearBackward"; }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    x_.reset_data();
    panels_.reset_data();
  }

 private:
  variable_list apply(variable_list&& incoming) override {
    CheckDifferentiatedOnce("linear");
    const std::lock_guard<std::mutex> lock(mutex_);
    variable_list gradients(kInputs);
    if (!incoming[0].defined()) return gradients;
    const at::Tensor d_result = RowsOf(incoming[0]);
    if (task_should_compute_output(kX)) {
      const PairedMatrix weight{outputs_, x_sizes_.back(), panels_.unpack()};
      gradients[kX] = MultiplyRows(d_result, weight, at::Tensor()).view(x_sizes_);
    }
    const bool bias = task_should_compute_output(kBias);
    if (task_should_compute_output(kWeight)) {
      if (bias) gradients[kBias] = at::empty({outputs_}, weight_options_);
      gradients[kWeight] =
          MultiplyTransposed(d_result, PairRows(RowsOf(x_.unpack())), gradients[kBias]);
    } else if (bias) {
      gradients[kBias] = at::sum(d_result, 0, /*keepdim=*/false, at::kFloat);
    }
    return gradients;
  }

  SavedVariable x_;
  SavedVariable panels_;
  std::vector<int64_t> x_sizes_;
  int64_t outputs_;
  at::TensorOptions weight_options_;
};

void Check(const at::Tensor& x, const at::Tensor& weight, const WeightPanels& panels,
           const at::Tensor& bias) {
  TORCH_CHECK(FitsHalfLinear(weight), "HalfLinear: a weight of float32 on a CPU that multiplies ",
              "bfloat16 in blocks is needed, its sides multiples of ", kPairedSide, ", not ",
              weight.sizes(), " of ", weight.scalar_type());
  TORCH_CHECK(
      CheckRows(x, "HalfLinear x").scalar_type() == at::kBFloat16 && Columns(x) == weight.size(1),
      "HalfLinear: rows of ", weight.size(1), " numbers of bfloat16 are needed, not ", x.sizes(),
      " of ", x.scalar_type());
  TORCH_CHECK(panels.forward.rows == weight.size(1) && panels.forward.columns == weight.size(0),
              "HalfLinear: the panels are of another weight");
  if (bias.defined()) CheckVector(bias, weight.size(0), at::kFloat, "HalfLinear bias");
}

// Rows of a weight from `first` on, kPairedSide of them.
struct Strip {
  Matrix<float> weight;
  int64_t first;
  int64_t outputs;  // rows of the panels' matrix
  c10::BFloat16 *forward, *backward;
};

void AddStrips(const at::Tensor& weight, const WeightPanels& panels, std::vector<Strip>& strips) {
  const Matrix<float> matrix{weight.const_data_ptr<float>(), weight.size(0), weight.size(1),
                             weight.size(1)};
  for (int64_t first = 0; first < panels.backward.rows; first += kPairedSide) {
    strips.push_back({matrix, first, panels.backward.rows,
                      panels.forward.panels.mutable_data_ptr<c10::BFloat16>(),
                      panels.backward.panels.mutable_data_ptr<c10::BFloat16>()});
  }
}

void RefreshStrip(const Strip& strip) {
  const auto& kernels = Kernels<PairingKernels>();
  const int64_t last = strip.first + kPairedSide;
  kernels.pair_transposed(strip.weight, strip.first, last, strip.outputs, strip.forward);
  kernels.pair_rounded(strip.weight, strip.first / 2, last / 2, strip.outputs, strip.backward);
}

}  // namespace

bool FitsPanels(const at::Tensor& weight) {
  return weight.device().is_cpu() && !cuda::Computes(weight.device()) && weight.dim() == 2 &&
         weight.scalar_type() == at::kFloat && weight.size(0) > 0 &&
         FitsBlocks(kPairedSide, weight.size(1)) && HasBlockProducts();
}

bool FitsHalfLinear(const at::Tensor& weight) {
  return FitsPanels(weight) && FitsBlocks(weight.size(0), weight.size(1));
}

WeightPanels MakePanels(const at::Tensor& weight) {
  const int64_t outputs = RoundUp(weight.size(0), kPairedSide), inputs = weight.size(1);
  const auto panels = [&] {
    return at::empty({outputs * inputs}, at::device(at::kCPU).dtype(at::kBFloat16));
  };
  WeightToPanels made{weight, {{inputs, outputs, panels()}, {outputs, inputs, panels()}}};
  RefreshPanels({&made});
  return made.panels;
}

void RefreshPanels(const std::vector<WeightToPanels*>& all) {
  const at::NoGradGuard no_gradients;
  std::vector<Strip> strips;
  std::vector<at::Tensor> kept;
  for (WeightToPanels* one : all) {
    kept.push_back(one->weight.detach().contiguous());
    AddStrips(kept.back(), one->panels, strips);
  }
  constexpr int64_t kFewStrips = 4;
  ParallelFor(0, static_cast<int64_t>(strips.size()), kFewStrips, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) RefreshStrip(strips[i]);
  });
  for (WeightToPanels* one : all) torch::autograd::impl::bump_version(one->panels.backward.panels);
}

at::Tensor HalfLinear(const at::Tensor& x, const at::Tensor& weight, const WeightPanels& panels,
                      const at::Tensor& bias) {
  Check(x, weight, panels, bias);
  at::Tensor rows, result;
  {
    const at::AutoDispatchBelowADInplaceOrView no_autograd;
    auto sizes = x.sizes().vec();
    sizes.back() = weight.size(0);
    rows = x.contiguous();
    result = MultiplyRows(RowsOf(rows), panels.forward, Contiguous(bias)).view(sizes);
  }
  if (!torch::autograd::compute_requires_grad(x, weight, bias)) return result;
  const auto node = std::shared_ptr<HalfLinearNode>(
      new HalfLinearNode(rows, weight, panels.backward), torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(x, weight, bias));
  torch::autograd::set_history(result, node);
  return result;
}

}  // namespace ablate::fused
