#include <ATen/OpMathType.h>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"

namespace ablate::cuda {
namespace {

constexpr unsigned int kThreads = 256;

}  // namespace

void EmbeddingForward(const at::Tensor& weight, const at::Tensor& ids,
                      const at::Tensor& position_of, const at::Tensor& positions, double scale,
                      const DeviceMask& mask, const at::Tensor& result) {
  if (result.numel() == 0) return;
  const int64_t columns = weight.size(1);
  const EmbeddingForwardRows rows{.columns = columns,
                                  .quads = AreQuads(columns, {weight, positions, result}),
                                  .mask = MaskOn(mask.mask, mask.counter),
                                  .weight = Address(weight),
                                  .positions = Address(positions),
                                  .ids = ids.const_data_ptr<int64_t>(),
                                  .position_of = position_of.const_data_ptr<int64_t>(),
                                  .scale = scale,
                                  .result = MutableAddress(result)};
  Launch({.source = "embedding",
          .kernel = KernelName("EmbeddingForward", {weight.scalar_type()}),
          .blocks = {static_cast<unsigned int>(ids.numel())},
          .threads = ThreadsFor(columns, kThreads),
          .arguments = &rows},
         weight.device());
}

void EmbeddingBackward(const at::Tensor& d_result, const at::Tensor& ids, double scale,
                       int64_t padding, const DeviceMask& mask, const at::Tensor& d_weight) {
  if (d_result.numel() == 0) return;
  const int64_t columns = d_weight.size(1);
  const auto [sorted, order] =
      at::sort(ids.flatten(), /*stable=*/true, /*dim=*/0, /*descending=*/false);
  const int64_t tokens = ids.numel();
  const int64_t parts = (tokens + kEmbeddingPart - 1) / kEmbeddingPart;
  const at::Tensor partial = at::empty(
      {parts, 2, columns}, d_weight.options().dtype(at::toOpMathType(d_weight.scalar_type())));
  const EmbeddingBackwardRows rows{.tokens = tokens,
                                   .columns = columns,
                                   .quads = AreQuads(columns, {d_result, d_weight, partial}),
                                   .mask = MaskOn(mask.mask, mask.counter),
                                   .d_result = Address(d_result),
                                   .sorted_ids = sorted.const_data_ptr<int64_t>(),
                                   .token_of = order.const_data_ptr<int64_t>(),
                                   .padding = padding,
                                   .scale = scale,
                                   .partial = MutableAddress(partial),
                                   .d_weight = MutableAddress(d_weight)};
  const auto launch = [&](const std::string& kernel, int64_t blocks) {
    Launch({.source = "embedding",
            .kernel = KernelName(kernel, {d_weight.scalar_type()}),
            .blocks = {static_cast<unsigned int>(blocks)},
            .threads = ThreadsFor(columns, kThreads),
            .arguments = &rows},
           d_weight.device());
  };
  launch("EmbeddingBackward", tokens);
  launch("EmbeddingBackwardOverParts", parts);
}

}  // namespace ablate::cuda
