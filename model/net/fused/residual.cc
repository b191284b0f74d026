#include "model/net/fused/residual.h"

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <memory>
#include <mutex>
#include <utility>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/residual_kernel.h"
#include "model/net/fused/rows.h"

namespace ablate::fused {
namespace {

using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

// A sum where there is a branch, a norm where there is a gain.
struct Operands {
  at::Tensor x, branch, bias, gain, norm_bias;
};

struct Types {
  at::ScalarType branch, normed;
};

// body(kernels) with the kernels for rows of these types.
template <typename Body>
void WithKernels(at::ScalarType x, const Types& types, const Body& body) {
  const auto& of = Kernels<ResidualKernels>().of;
  if (x == at::kDouble) return body(std::get<0>(of));
  const bool branch = types.branch == at::kBFloat16, normed = types.normed == at::kBFloat16;
  if (branch && normed) return body(std::get<4>(of));
  if (branch) return body(std::get<3>(of));
  if (normed) return body(std::get<2>(of));
  body(std::get<1>(of));
}

bool IsTypeFor(const at::Tensor& rows, at::ScalarType type) {
  if (type == rows.scalar_type()) return true;
  const bool half = type == at::kHalf && cuda::Computes(rows.device());
  return rows.scalar_type() == at::kFloat && (type == at::kBFloat16 || half);
}

void Check(const Operands& in, const Types& types) {
  const at::ScalarType type = CheckRows(in.x, "residual x").scalar_type();
  const int64_t columns = Columns(in.x);
  TORCH_CHECK(type == at::kFloat || type == at::kDouble,
              "residual x: float32 or float64 is needed, not ", type);
  TORCH_CHECK(IsTypeFor(in.x, types.branch) && IsTypeFor(in.x, types.normed),
              "residual: branch and norm have x's type, ", type, ", or bfloat16 beside float32");
  if (in.branch.defined()) {
    TORCH_CHECK(CheckRows(in.branch, "residual branch").sizes() == in.x.sizes(),
                "residual branch: ", in.branch.sizes(), " is not x's shape, ", in.x.sizes());
  }
  if (in.bias.defined()) CheckVector(in.bias, columns, type, "residual bias");
  if (in.gain.defined()) {
    CheckVector(in.gain, columns, type, "norm gain");
    CheckVector(in.norm_bias, columns, type, "norm bias");
  }
}

struct Outputs {
  at::Tensor sum, normed, statistics;
};

Outputs Forward(const Operands& in, const Types& types, const RowMask& mask,
                const at::Tensor& counter, double epsilon, bool keep_statistics) {
  Outputs out;
  if (in.branch.defined()) out.sum = at::empty(in.x.sizes(), in.x.options());
  if (in.gain.defined()) {
    out.normed = at::empty(in.x.sizes(), in.x.options().dtype(types.normed));
    if (keep_statistics) out.statistics = at::empty({RowCount(in.x), 2}, in.x.options());
  }
  if (cuda::Computes(in.x.device())) {
    cuda::ResidualForward(
        {in.x, in.branch, in.bias, in.gain, in.norm_bias, {mask, counter}, epsilon},
        {out.sum, out.normed, out.statistics});
    return out;
  }
  WithKernels(in.x.scalar_type(), types,
              [&]<typename Sum, typename Branch, typename Normed>(
                  const ResidualKernelsOf<Sum, Branch, Normed>& kernels) {
                const ResidualForward<Sum, Branch, Normed> rows{
                    .columns = Columns(in.x),
                    .mask = mask,
                    .x = Pointer<Sum>(in.x),
                    .branch = Pointer<Branch>(in.branch),
                    .bias = Pointer<Sum>(in.bias),
                    .sum = MutablePointer<Sum>(out.sum),
                    .gain = Pointer<Sum>(in.gain),
                    .norm_bias = Pointer<Sum>(in.norm_bias),
                    .epsilon = static_cast<Sum>(epsilon),
                    .normed = MutablePointer<Normed>(out.normed),
                    .statistics = MutablePointer<Sum>(out.statistics)};
                ForRows(RowCount(in.x), rows.columns,
                        [&](int64_t first, int64_t last, float* factors) {
                          kernels.forward(rows, first, last, factors);
                        });
              });
  return out;
}

// Gradients of x, branch, bias, gain and the norm's bias, in this order.
class ResidualNode final : public Node {
 public:
  enum Input { kX, kBranch, kBias, kGain, kNormBias, kInputs };

  ResidualNode(const Operands& in, const Types& types, const RowMask& mask, at::Tensor counter)
      : types_(types),
        mask_(mask),
        counter_(std::move(counter)),
        has_sum_(in.branch.defined()),
        options_(in.x.options().requires_grad(false)),
        gain_(in.gain, /*is_output=*/false) {}

  // What the norm is of: x, or the sum, which is an output.
  void Save(const at::Tensor& normed_from, const at::Tensor& statistics) {
    normed_from_ = SavedVariable(normed_from, /*is_output=*/has_sum_);
    statistics_ = statistics;
  }

  std::string name() const override { return "FusedResidualBackward"; }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    gain_.reset_data();
    normed_from_.reset_data();
    statistics_.reset();
  }

 private:
  variable_list apply(variable_list&& incoming) override {
    CheckDifferentiatedOnce("residual");
    const std::lock_guard<std::mutex> lock(mutex_);
    const at::Tensor d_sum = has_sum_ ? Contiguous(incoming[0]) : at::Tensor();
    const at::Tensor d_normed =
        Contiguous(has_sum_ && incoming.size() == 1 ? at::Tensor() : incoming.back());
    variable_list gradients(kInputs);
    if (!d_sum.defined() && !d_normed.defined()) return gradients;
    Make(d_sum, d_normed, gradients);
    return gradients;
  }

  bool Wants(Input input) const { return task_should_compute_output(input); }

  // Allocates what cannot be another tensor.
  void Allocate(const at::Tensor& d_sum, const at::Tensor& d_normed, variable_list& gradients) {
    const at::Tensor& like = d_normed.defined() ? d_normed : d_sum;
    if (d_normed.defined()) {
      if (Wants(kX) || Wants(kBranch)) gradients[kX] = at::empty(like.sizes(), options_);
    } else {
      gradients[kX] = d_sum;
    }
    if (!has_sum_ || !Wants(kBranch)) return;
    const bool copied = mask_.dropped != 0 || types_.branch != options_.dtype().toScalarType();
    gradients[kBranch] =
        copied ? at::empty(like.sizes(), options_.dtype(types_.branch)) : gradients[kX];
  }

  void Make(const at::Tensor& d_sum, const at::Tensor& d_normed, variable_list& gradients) {
    Allocate(d_sum, d_normed, gradients);
    const at::Tensor& like = d_normed.defined() ? d_normed : d_sum;
    const at::Tensor gain = d_normed.defined() ? gain_.unpack() : at::Tensor();
    const at::Tensor from =
        d_normed.defined() ? normed_from_.unpack(has_sum_ ? getptr() : nullptr) : at::Tensor();
    if (cuda::Computes(like.device())) {
      return MakeOnDevice({d_sum, d_normed, from, statistics_, gain, {mask_, counter_}}, gradients);
    }
    WithKernels(options_.dtype().toScalarType(), types_,
                [&]<typename Sum, typename Branch, typename Normed>(
                    const ResidualKernelsOf<Sum, Branch, Normed>& kernels) {
                  ResidualBackward<Sum, Branch, Normed> rows{
                      .columns = Columns(like),
                      .mask = mask_,
                      .d_sum = Pointer<Sum>(d_sum),
                      .d_normed = Pointer<Normed>(d_normed),
                      .normed_from = Pointer<Sum>(from),
                      .statistics = Pointer<Sum>(statistics_),
                      .gain = Pointer<Sum>(gain),
                      .d_x = nullptr,
                      .d_branch = nullptr};
                  if (d_normed.defined()) rows.d_x = MutablePointer<Sum>(gradients[kX]);
                  if (!gradients[kBranch].is_same(gradients[kX])) {
                    rows.d_branch = MutablePointer<Branch>(gradients[kBranch]);
                  }
                  Run(kernels, rows, RowCount(like), /*norm=*/d_normed.defined(), gradients);
                });
  }

  void MakeOnDevice(const cuda::ResidualUpstream& in, variable_list& gradients) {
    const bool norm = in.d_normed.defined();
    cuda::ResidualGradients made{.d_x = norm ? gradients[kX] : at::Tensor(),
                                 .d_branch = {},
                                 .bias = has_sum_ && Wants(kBias),
                                 .gain = norm && Wants(kGain),
                                 .norm_bias = norm && Wants(kNormBias),
                                 .d_bias = {},
                                 .d_gain = {},
                                 .d_norm_bias = {}};
    if (!gradients[kBranch].is_same(gradients[kX])) made.d_branch = gradients[kBranch];
    cuda::ResidualBackward(in, made);
    gradients[kBias] = made.d_bias;
    gradients[kGain] = made.d_gain;
    gradients[kNormBias] = made.d_norm_bias;
  }

  template <typename Sum, typename Branch, typename Normed>
  void Run(const ResidualKernelsOf<Sum, Branch, Normed>& kernels,
           const ResidualBackward<Sum, Branch, Normed>& rows, int64_t row_count, bool norm,
           variable_list& gradients) {
    const bool bias = has_sum_ && Wants(kBias);
    const bool gain = norm && Wants(kGain);
    const bool norm_bias = norm && Wants(kNormBias);
    if (rows.d_x == nullptr && rows.d_branch == nullptr && !bias && !gain && !norm_bias) return;
    const RowBlocks blocks(row_count);
    ColumnSums<Sum> sums(blocks, rows.columns, 3);
    ForRowBlocks(
        blocks, rows.columns, [&](int64_t block, int64_t first, int64_t last, float* factors) {
          const ResidualColumnSums<Sum> to{.d_bias = bias ? sums.Of(block, 0) : nullptr,
                                           .d_gain = gain ? sums.Of(block, 1) : nullptr,
                                           .d_norm_bias = norm_bias ? sums.Of(block, 2) : nullptr};
          kernels.backward(rows, first, last, to, factors);
        });
    if (bias) gradients[kBias] = sums.Total(0, options_);
    if (gain) gradients[kGain] = sums.Total(1, options_);
    if (norm_bias) gradients[kNormBias] = sums.Total(2, options_);
  }

  Types types_;
  RowMask mask_;
  at::Tensor counter_;
  bool has_sum_;
  at::TensorOptions options_;
  SavedVariable gain_;
  SavedVariable normed_from_;
  at::Tensor statistics_;
};

Operands ContiguousOf(const Operands& in) {
  const at::AutoDispatchBelowADInplaceOrView no_autograd;
  return {Contiguous(in.x), Contiguous(in.branch), Contiguous(in.bias), Contiguous(in.gain),
          Contiguous(in.norm_bias)};
}

SumAndNorm Apply(const Operands& given, const Types& types, const RowDropout& dropout,
                 double epsilon) {
  Check(given, types);
  const Operands in = ContiguousOf(given);
  const RowMask mask = MaskOf(dropout);
  const bool differentiable = torch::autograd::compute_requires_grad(
      given.x, given.branch, given.bias, given.gain, given.norm_bias);
  const Outputs out = Forward(in, types, mask, dropout.counter, epsilon, differentiable);
  if (!differentiable) return {out.sum, out.normed};
  const auto node = std::shared_ptr<ResidualNode>(
      new ResidualNode(in, types, mask, dropout.counter), torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(given.x, given.branch, given.bias,
                                                           given.gain, given.norm_bias));
  if (out.sum.defined()) torch::autograd::set_history(out.sum, node);
  if (out.normed.defined()) torch::autograd::set_history(out.normed, node);
  if (out.normed.defined()) node->Save(out.sum.defined() ? out.sum : in.x, out.statistics);
  return {out.sum, out.normed};
}

}  // namespace

at::Tensor Add(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& bias,
               const RowDropout& dropout) {
  CheckRows(branch, "residual branch");
  return Apply({.x = x, .branch = branch, .bias = bias, .gain = {}, .norm_bias = {}},
               {branch.scalar_type(), x.scalar_type()}, dropout, 0)
      .sum;
}

at::Tensor Norm(const at::Tensor& x, const NormWeights& weights, at::ScalarType type) {
  TORCH_CHECK(weights.gain.defined(), "norm: a gain is needed");
  return Apply({.x = x, .branch = {}, .bias = {}, .gain = weights.gain, .norm_bias = weights.bias},
               {x.scalar_type(), type}, {}, weights.epsilon)
      .normed;
}

SumAndNorm AddNorm(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& bias,
                   const RowDropout& dropout, const NormWeights& weights, at::ScalarType type) {
  CheckRows(branch, "residual branch");
  TORCH_CHECK(weights.gain.defined(), "norm: a gain is needed");
  return Apply(
      {.x = x, .branch = branch, .bias = bias, .gain = weights.gain, .norm_bias = weights.bias},
      {branch.scalar_type(), type}, dropout, weights.epsilon);
}

}  // namespace ablate::fused
