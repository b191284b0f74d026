// What the tests of projection losses have in common.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "model/net/fused/projection_loss.h"

namespace ablate::fused {

inline constexpr int64_t kIgnored = 0;

struct Inputs {
  at::Tensor hidden, weight, bias, targets;

  std::vector<at::Tensor> Leaves() const { return {hidden, weight, bias}; }
};

inline Inputs Random(at::IntArrayRef rows, int64_t width, int64_t vocabulary, bool some_ignored) {
  at::manual_seed(1);
  std::vector<int64_t> shape = rows.vec();
  shape.push_back(width);
  const auto options = at::device(at::kCPU).dtype(at::kDouble);
  Inputs inputs{.hidden = at::randn(shape, options),
                .weight = at::randn({vocabulary, width}, options) * 0.3,
                .bias = at::randn({vocabulary}, options),
                .targets = at::randint(kIgnored + 1, vocabulary, rows, at::kLong)};
  if (some_ignored) inputs.targets.masked_fill_(at::rand(rows) < 0.3, kIgnored);
  return inputs;
}

inline Inputs As(const Inputs& inputs, at::ScalarType type) {
  const at::ScalarType bias = type == at::kDouble ? at::kDouble : at::kFloat;
  return {.hidden = inputs.hidden.detach().to(type),
          .weight = inputs.weight.detach().to(type),
          .bias = inputs.bias.detach().to(bias),
          .targets = inputs.targets};
}

using Loss = std::function<at::Tensor(const Inputs&)>;

inline Loss Fused(double smoothing, double scale) {
  return [=](const Inputs& in) {
    return ProjectionLoss(in.hidden, in.weight, in.bias, in.targets, kIgnored, smoothing, scale);
  };
}

inline Loss Composed(double smoothing, double scale) {
  return [=](const Inputs& in) {
    const at::Tensor logits = at::linear(in.hidden, in.weight, in.bias);
    return scale * at::cross_entropy_loss(logits.flatten(0, -2), in.targets.flatten(),
                                          /*weight=*/{}, at::Reduction::Sum, kIgnored, smoothing);
  };
}

// The loss, then its gradients in hidden, weight and bias, from `upstream`.
inline std::vector<at::Tensor> Evaluate(const Loss& loss, const Inputs& inputs,
                                        double upstream = 1) {
  for (at::Tensor leaf : inputs.Leaves()) leaf.detach_().requires_grad_();
  const at::Tensor value = loss(inputs);
  value.backward(at::full_like(value, upstream));
  std::vector<at::Tensor> results{value.detach()};
  for (at::Tensor leaf : inputs.Leaves()) {
    results.push_back(leaf.grad());
    leaf.mutable_grad().reset();
  }
  return results;
}

// Within `tolerance` times the largest element.
inline void ExpectCloseToLargest(const std::vector<at::Tensor>& actual,
                                 const std::vector<at::Tensor>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].sizes(), expected[i].sizes()) << i;
    const at::Tensor error = (actual[i].to(at::kDouble) - expected[i].to(at::kDouble)).abs().max();
    const at::Tensor size = expected[i].to(at::kDouble).abs().max();
    EXPECT_LE(error.item<double>(), tolerance * size.item<double>()) << "result " << i;
  }
}

struct Shape {
  std::vector<int64_t> rows;
  int64_t width, vocabulary;
  bool some_ignored;
};

}  // namespace ablate::fused
