#include <algorithm>
#include <array>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"

namespace ablate::cuda {
namespace {

constexpr unsigned int kThreads = 256;
// Blocks along the rows: as many as a grid has; of the backward pass, whose sums are summed again,
// a number that depends on nothing but the rows.
constexpr int64_t kMostBlocks = 65535, kSlabs = 256;

const char* FunctionName(Activation activation) {
  static constexpr std::array kNames = {"Relu", "Gelu", "SwiGlu"};
  return kNames.at(static_cast<size_t>(activation));
}

GridSize GridFor(int64_t rows, int64_t columns, int64_t most) {
  const int64_t threads = ThreadsFor(columns, kThreads);
  const int64_t octets = (columns + 63) / 64 * 8;
  return {static_cast<unsigned int>((octets + threads - 1) / threads),
          static_cast<unsigned int>(std::min(rows, most))};
}

int64_t RowsOf(const at::Tensor& rows) {
  return rows.numel() / std::max<int64_t>(rows.size(-1), 1);
}

}  // namespace

void ActivationForward(const at::Tensor& hidden, const at::Tensor& bias, Activation activation,
                       const DeviceMask& mask, const at::Tensor& result) {
  if (result.numel() == 0) return;
  const int64_t columns = result.size(-1);
  const ActivationForwardRows rows{.rows = RowsOf(result),
                                   .columns = columns,
                                   .quads = AreQuads(columns, {hidden, bias, result}),
                                   .mask = MaskOn(mask.mask, mask.counter),
                                   .hidden = Address(hidden),
                                   .bias = Address(bias),
                                   .result = MutableAddress(result)};
  Launch(
      {.source = "activation",
       .kernel = KernelName("ActivationForward", {hidden.scalar_type()}, FunctionName(activation)),
       .blocks = GridFor(rows.rows, columns, kMostBlocks),
       .threads = ThreadsFor(columns, kThreads),
       .arguments = &rows},
      hidden.device());
}

at::Tensor ActivationBackward(const at::Tensor& d_result, const at::Tensor& kept,
                              const at::Tensor& bias, Activation activation, const DeviceMask& mask,
                              at::ScalarType sum, const at::Tensor& d_hidden) {
  const int64_t columns = d_result.size(-1);
  const GridSize grid = GridFor(RowsOf(d_result), columns, kSlabs);
  const at::Tensor d_bias =
      at::empty({static_cast<int64_t>(grid.y), kept.size(-1)}, kept.options().dtype(sum));
  if (d_result.numel() > 0) {
    const ActivationBackwardRows rows{
        .rows = RowsOf(d_result),
        .columns = columns,
        .quads = AreQuads(columns, {d_result, kept, bias, d_hidden, d_bias}),
        .mask = MaskOn(mask.mask, mask.counter),
        .d_result = Address(d_result),
        .kept = Address(kept),
        .bias = Address(bias),
        .d_hidden = MutableAddress(d_hidden),
        .d_bias = MutableAddress(d_bias)};
    const bool relu = activation == Activation::kRelu;
    const at::ScalarType type = kept.scalar_type();
    Launch({.source = "activation",
            .kernel = relu ? KernelName("ReluBackward", {type})
                           : KernelName("ActivationBackward", {type}, FunctionName(activation)),
            .blocks = grid,
            .threads = ThreadsFor(columns, kThreads),
            .arguments = &rows},
           kept.device());
  }
  return d_bias.sum(0);
}

}  // namespace ablate::cuda
