#include <algorithm>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"

namespace ablate::cuda {
namespace {

// Blocks that sums over rows are made by. A number that depends on nothing but the rows, so that
// sums are the same on every device.
constexpr int64_t kSlabs = 1024;

unsigned int ThreadsOfRow(int64_t columns) {
  TORCH_CHECK(columns <= int64_t{kRowThreads} * kOctet,
              "fused residual and norm on CUDA: ", columns, " columns are more than ",
              kRowThreads * kOctet);
  return ThreadsFor(columns, kRowThreads);
}

at::ScalarType TypeOr(const at::Tensor& tensor, at::ScalarType otherwise) {
  return tensor.defined() ? tensor.scalar_type() : otherwise;
}

}  // namespace

void ResidualForward(const ResidualInputs& in, const ResidualOutputs& out) {
  const int64_t columns = in.x.size(-1);
  if (in.x.numel() == 0) return;
  const ResidualForwardRows rows{.columns = columns,
                                 .quads = AreQuads(columns, {in.x, in.branch, in.bias, out.sum,
                                                             in.gain, in.norm_bias, out.normed}),
                                 .mask = MaskOn(in.mask.mask, in.mask.counter),
                                 .x = Address(in.x),
                                 .branch = Address(in.branch),
                                 .bias = Address(in.bias),
                                 .sum = MutableAddress(out.sum),
                                 .gain = Address(in.gain),
                                 .norm_bias = Address(in.norm_bias),
                                 .epsilon = in.epsilon,
                                 .normed = MutableAddress(out.normed),
                                 .statistics = MutableAddress(out.statistics)};
  const at::ScalarType x = in.x.scalar_type();
  Launch({.source = "residual_norm",
          .kernel = KernelName("ResidualForward", {x, TypeOr(in.branch, x), TypeOr(out.normed, x)}),
          .blocks = {static_cast<unsigned int>(in.x.numel() / columns)},
          .threads = ThreadsOfRow(columns),
          .arguments = &rows},
         in.x.device());
}

void ResidualBackward(const ResidualUpstream& in, ResidualGradients& gradients) {
  const at::Tensor& like = in.d_normed.defined() ? in.d_normed : in.d_sum;
  const at::ScalarType x = TypeOr(in.d_sum, TypeOr(in.normed_from, at::kFloat));
  const int64_t columns = like.size(-1);
  const int64_t rows_of_all = like.numel() / std::max<int64_t>(columns, 1);
  const int64_t slabs = std::min(rows_of_all, kSlabs);
  const auto partial = [&](bool wanted) {
    return wanted ? at::empty({slabs, columns}, like.options().dtype(x)) : at::Tensor();
  };
  const at::Tensor d_bias = partial(gradients.bias), d_gain = partial(gradients.gain),
                   d_norm_bias = partial(gradients.norm_bias);
  if (like.numel() > 0) {
    const ResidualBackwardRows rows{
        .rows = rows_of_all,
        .columns = columns,
        .quads = AreQuads(columns, {in.d_sum, in.d_normed, in.normed_from, in.gain, gradients.d_x,
                                    gradients.d_branch, d_bias, d_gain, d_norm_bias}),
        .mask = MaskOn(in.mask.mask, in.mask.counter),
        .d_sum = Address(in.d_sum),
        .d_normed = Address(in.d_normed),
        .normed_from = Address(in.normed_from),
        .statistics = Address(in.statistics),
        .gain = Address(in.gain),
        .d_x = MutableAddress(gradients.d_x),
        .d_branch = MutableAddress(gradients.d_branch),
        .d_bias = MutableAddress(d_bias),
        .d_gain = MutableAddress(d_gain),
        .d_norm_bias = MutableAddress(d_norm_bias)};
    Launch({.source = "residual_norm",
            .kernel = KernelName("ResidualBackward",
                                 {x, TypeOr(gradients.d_branch, x), TypeOr(in.d_normed, x)}),
            .blocks = {static_cast<unsigned int>(slabs)},
            .threads = ThreadsOfRow(columns),
            .arguments = &rows},
           like.device());
  }
  const auto total = [](const at::Tensor& of) { return of.defined() ? of.sum(0) : of; };
  gradients.d_bias = total(d_bias);
  gradients.d_gain = total(d_gain);
  gradients.d_norm_bias = total(d_norm_bias);
}

}  // namespace ablate::cuda
