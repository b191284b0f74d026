// What the tests of operations on rows have in common.
#pragma once

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace ablate::fused {

using Tensors = std::vector<at::Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

inline at::Tensor Random(at::IntArrayRef sizes, at::ScalarType type = at::kDouble) {
  return at::randn(sizes, at::kDouble).to(type);
}

// Outputs of `function`, then the gradients of its inputs for given gradients of its outputs;
// undefined ones are not given.
inline Tensors RunAndDifferentiate(const Function& function, const Tensors& inputs,
                                   const Tensors& gradients) {
  Tensors leaves;
  for (const auto& input : inputs) {
    leaves.push_back(input.detach().clone().requires_grad_(input.is_floating_point()));
  }
  Tensors results = function(leaves);
  torch::autograd::variable_list roots, given;
  for (size_t i = 0; i < results.size(); ++i) {
    if (!gradients[i].defined()) continue;
    roots.push_back(results[i]);
    given.push_back(gradients[i]);
  }
  torch::autograd::backward(roots, given);
  for (auto& result : results) result = result.detach();
  for (const auto& leaf : leaves) {
    if (leaf.requires_grad()) results.push_back(leaf.grad());
  }
  return results;
}

// The largest difference, as a part of the larger of 1 and the largest number.
inline double Distance(const at::Tensor& a, const at::Tensor& b) {
  if (a.numel() == 0) return 0;
  const at::Tensor x = a.to(at::kDouble), y = b.to(at::kDouble);
  return (x - y).abs().max().item<double>() / std::max(1.0, y.abs().max().item<double>());
}

inline void ExpectClose(const Tensors& ours, const Tensors& reference, double tolerance) {
  ASSERT_EQ(ours.size(), reference.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i].defined(), reference[i].defined()) << "tensor " << i;
    if (!ours[i].defined()) continue;
    ASSERT_EQ(ours[i].sizes(), reference[i].sizes()) << "tensor " << i;
    EXPECT_LE(Distance(ours[i], reference[i]), tolerance) << "tensor " << i;
  }
}

// Both functions in value and gradients.
inline void ExpectSame(const Function& ours, const Function& reference, const Tensors& inputs,
                       const Tensors& gradients, double tolerance) {
  ExpectClose(RunAndDifferentiate(ours, inputs, gradients),
              RunAndDifferentiate(reference, inputs, gradients), tolerance);
}

// Gradients against central differences of sum(outputs * gradients).
inline void ExpectGradientsOfDifferences(const Function& function, const Tensors& inputs,
                                         const Tensors& gradients) {
  constexpr double kStep = 1e-5;
  const auto objective = [&](const Tensors& at_inputs) {
    const at::NoGradGuard no_grad;
    double sum = 0;
    const Tensors results = function(at_inputs);
    for (size_t i = 0; i < results.size(); ++i) {
      if (gradients[i].defined()) sum += (results[i] * gradients[i]).sum().item<double>();
    }
    return sum;
  };
  const Tensors all = RunAndDifferentiate(function, inputs, gradients);
  for (size_t k = 0; k < inputs.size(); ++k) {
    Tensors moved = inputs;
    moved[k] = inputs[k].clone();
    const at::Tensor numbers = moved[k].view(-1);
    const at::Tensor gradient = all[gradients.size() + k].reshape(-1);
    for (int64_t i = 0; i < numbers.numel(); ++i) {
      double* const number = numbers.mutable_data_ptr<double>() + i;
      const double before = *number;
      *number = before + kStep;
      const double above = objective(moved);
      *number = before - kStep;
      const double below = objective(moved);
      *number = before;
      EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * kStep), 1e-6)
          << "input " << k << ", element " << i;
    }
  }
}

// function() with each number of threads gives the same bits.
inline void ExpectSameForThreads(const std::function<Tensors()>& function) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Tensors one = function();
  at::set_num_threads(2);
  const Tensors two = function();
  at::set_num_threads(before);
  ASSERT_EQ(one.size(), two.size());
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], two[i])) << "tensor " << i;
}

// That `factors` are 0 or 1 / (1 - probability), and as often as that says, within 5 deviations.
inline void ExpectMaskOf(double probability, const at::Tensor& factors) {
  const double rounded = std::round(probability * 65536) / 65536;
  const at::Tensor dropped = factors == 0;
  EXPECT_LE((factors.masked_select(~dropped) - 1 / (1 - rounded)).abs().max().item<double>(), 1e-6);
  const auto count = static_cast<double>(factors.numel());
  EXPECT_NEAR(dropped.sum().item<double>(), count * rounded,
              5 * std::sqrt(count * rounded * (1 - rounded)));
}

}  // namespace ablate::fused
