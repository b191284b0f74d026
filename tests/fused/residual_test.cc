#include "model/net/fused/residual.h"

#include <gtest/gtest.h>

#include "tests/fused/row_checks.h"

namespace ablate::fused {
namespace {

const RowDropout kDropout{0.25, 7};

// What the mask multiplies by, read off ones.
at::Tensor Factors(at::IntArrayRef sizes, const RowDropout& dropout,
                   at::ScalarType type = at::kDouble) {
  const auto zeros = at::zeros(sizes, type);
  return Add(zeros, at::ones(sizes, type), {}, dropout);
}

struct Case {
  std::vector<int64_t> rows;
  int64_t columns;
  RowDropout dropout;

  std::vector<int64_t> Sizes() const {
    auto sizes = rows;
    sizes.push_back(columns);
    return sizes;
  }
};

const std::vector<Case> kCases{{{1}, 1, kDropout},        {{1}, 64, kDropout},
                               {{3}, 16, kDropout},       {{5, 7}, 37, kDropout},
                               {{130}, 131, kDropout},    {{2, 3, 4}, 48, {}},
                               {{200}, 128, {0.1, 1234}}, {{9}, 513, {0.5, ~0ULL}}};

Function Ours(const RowDropout& dropout) {
  return [=](const Tensors& in) -> Tensors {
    const auto [sum, normed] =
        AddNorm(in[0], in[1], in[2], dropout, {in[3], in[4], 1e-5}, in[0].scalar_type());
    return {sum, normed};
  };
}

Function Composed(const at::Tensor& factors) {
  return [=](const Tensors& in) -> Tensors {
    const auto sum = in[0] + (in[1] + in[2]) * factors;
    return {sum, at::layer_norm(sum, {sum.size(-1)}, in[3], in[4], 1e-5)};
  };
}

Tensors InputsOf(const std::vector<int64_t>& sizes) {
  const int64_t columns = sizes.back();
  return {Random(sizes), Random(sizes), Random({columns}), Random({columns}), Random({columns})};
}

TEST(ResidualTest, AddNormIsWhatLibTorchComposes) {
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.columns);
    const auto sizes = c.Sizes();
    ExpectSame(Ours(c.dropout), Composed(Factors(sizes, c.dropout)), InputsOf(sizes),
               {Random(sizes), Random(sizes)}, 1e-10);
  }
}

TEST(ResidualTest, EitherGradientOfAddNormMayBeMissing) {
  const std::vector<int64_t> sizes{70, 37};
  const auto composed = Composed(Factors(sizes, kDropout));
  ExpectSame(Ours(kDropout), composed, InputsOf(sizes), {at::Tensor(), Random(sizes)}, 1e-10);
  const Tensors sum_alone{Random(sizes), at::Tensor()};
  auto ours = RunAndDifferentiate(Ours(kDropout), InputsOf(sizes), sum_alone);
  EXPECT_FALSE(ours[5].defined() || ours[6].defined());
  EXPECT_TRUE(at::equal(ours[2], sum_alone[0]));
}

TEST(ResidualTest, AddIsWhatLibTorchComposes) {
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.columns);
    const auto sizes = c.Sizes();
    const auto factors = Factors(sizes, c.dropout);
    const auto ours = [&](const Tensors& in) -> Tensors {
      return {Add(in[0], in[1], in[2], c.dropout)};
    };
    const auto composed = [&](const Tensors& in) -> Tensors {
      return {in[0] + (in[1] + in[2]) * factors};
    };
    ExpectSame(ours, composed, {Random(sizes), Random(sizes), Random({c.columns})}, {Random(sizes)},
               1e-10);
  }
}

TEST(ResidualTest, NormIsWhatLibTorchComputes) {
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.columns);
    const auto ours = [&](const Tensors& in) -> Tensors {
      return {Norm(in[0], {in[1], in[2], 1e-5}, at::kDouble)};
    };
    const auto composed = [&](const Tensors& in) -> Tensors {
      return {at::layer_norm(in[0], {c.columns}, in[1], in[2], 1e-5)};
    };
    ExpectSame(ours, composed, {Random(c.Sizes()), Random({c.columns}), Random({c.columns})},
               {Random(c.Sizes())}, 1e-10);
  }
}

TEST(ResidualTest, GradientsAreThoseOfDifferences) {
  ExpectGradientsOfDifferences(Ours(kDropout), InputsOf({3, 19}),
                               {Random({3, 19}), Random({3, 19})});
}

TEST(ResidualTest, ABiasIsOptional) {
  const std::vector<int64_t> sizes{5, 40};
  const auto factors = Factors(sizes, kDropout);
  ExpectSame([&](const Tensors& in) -> Tensors { return {Add(in[0], in[1], {}, kDropout)}; },
             [&](const Tensors& in) -> Tensors { return {in[0] + in[1] * factors}; },
             {Random(sizes), Random(sizes)}, {Random(sizes)}, 1e-12);
}

TEST(ResidualTest, MasksAreOfTheirRateAndSeed) {
  const auto factors = Factors({300, 128}, {0.1, 3});
  ExpectMaskOf(0.1, factors);
  EXPECT_TRUE(at::equal(factors, Factors({300, 128}, {0.1, 3})));
  EXPECT_FALSE(at::equal(factors, Factors({300, 128}, {0.1, 4})));
}

TEST(ResidualTest, Float32IsFloat64ToRounding) {
  const std::vector<int64_t> sizes{210, 200};
  const auto inputs = InputsOf(sizes);
  const Tensors gradients{Random(sizes), Random(sizes)};
  const auto single = [](const Tensors& tensors) {
    Tensors result;
    for (const auto& tensor : tensors) result.push_back(tensor.to(at::kFloat));
    return result;
  };
  ExpectClose(RunAndDifferentiate(Ours(kDropout), single(inputs), single(gradients)),
              RunAndDifferentiate(Ours(kDropout), inputs, gradients), 1e-5);
}

// What is rounded to bfloat16 on its way into a branch or out of a norm, as float32 in between.
TEST(ResidualTest, BranchAndNormMayBeBfloat16) {
  for (const bool branch : {false, true}) {
    for (const bool normed : {false, true}) {
      for (const int64_t columns : {128, 37, 51}) {
        const std::vector<int64_t> sizes{70, columns};
        Tensors inputs, gradients{Random(sizes, at::kFloat), Random(sizes, at::kFloat)};
        for (const auto& input : InputsOf(sizes)) inputs.push_back(input.to(at::kFloat));
        const auto type = [](bool half) { return half ? at::kBFloat16 : at::kFloat; };
        inputs[1] = inputs[1].to(type(branch));
        gradients[1] = gradients[1].to(type(normed));
        const auto ours = [&](const Tensors& in) -> Tensors {
          const auto out =
              AddNorm(in[0], in[1], in[2], kDropout, {in[3], in[4], 1e-5}, type(normed));
          EXPECT_EQ(out.sum.scalar_type(), at::kFloat);
          return {out.sum, out.normed};
        };
        const auto composed = [&](const Tensors& in) -> Tensors {
          const auto sum =
              in[0] + (in[1].to(at::kFloat) + in[2]) * Factors(sizes, kDropout, at::kFloat);
          return {sum, at::layer_norm(sum, {columns}, in[3], in[4], 1e-5).to(type(normed))};
        };
        const auto mine = RunAndDifferentiate(ours, inputs, gradients);
        const auto theirs = RunAndDifferentiate(composed, inputs, gradients);
        for (size_t i = 0; i < mine.size(); ++i) {
          ASSERT_EQ(mine[i].scalar_type(), theirs[i].scalar_type()) << i;
          const bool rounded = mine[i].scalar_type() == at::kBFloat16;
          EXPECT_LE(Distance(mine[i], theirs[i]), rounded ? 0x1p-8 : 1e-5) << i;
        }
      }
    }
  }
}

TEST(ResidualTest, ThreadsChangeNothing) {
  const std::vector<int64_t> sizes{1000, 131};
  const auto inputs = InputsOf(sizes);
  const Tensors gradients{Random(sizes), Random(sizes)};
  ExpectSameForThreads([&] { return RunAndDifferentiate(Ours(kDropout), inputs, gradients); });
}

TEST(ResidualTest, NoRowsAreFine) {
  const std::vector<int64_t> sizes{0, 24};
  const auto all =
      RunAndDifferentiate(Ours(kDropout), InputsOf(sizes), {Random(sizes), Random(sizes)});
  EXPECT_TRUE(at::equal(all[5], at::zeros({24}, at::kDouble)));
}

TEST(ResidualTest, RowsMayLieApart) {
  const auto wide = Random({20, 80});
  const auto ours = [](const Tensors& in) -> Tensors {
    const auto x = in[0].slice(1, 0, 40), branch = in[0].slice(1, 40, 80);
    return {Add(x, branch, {}, kDropout)};
  };
  const auto factors = Factors({20, 40}, kDropout);
  const auto composed = [&](const Tensors& in) -> Tensors {
    return {in[0].slice(1, 0, 40) + in[0].slice(1, 40, 80) * factors};
  };
  ExpectSame(ours, composed, {wide}, {at::ones({}, at::kDouble).expand({20, 40})}, 1e-12);
}

TEST(ResidualTest, WhatNeedsNoGradientGetsNone) {
  const auto x = Random({4, 24}), branch = Random({4, 24}).requires_grad_();
  Add(x, branch, Random({24}), kDropout).sum().backward();
  EXPECT_TRUE(at::allclose(branch.grad(), Factors({4, 24}, kDropout)));
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(Add(x, branch, {}, kDropout).requires_grad());
}

TEST(ResidualTest, ASecondDerivativeIsRefused) {
  const auto x = Random({4, 24}).requires_grad_();
  const auto y = Norm(x, {at::ones({24}, at::kDouble), at::zeros({24}, at::kDouble)}, at::kDouble);
  EXPECT_THROW(torch::autograd::grad({y.sum()}, {x}, {}, true, /*create_graph=*/true), c10::Error);
}

TEST(ResidualTest, WrongOperandsAreRefused) {
  const auto x = Random({4, 24});
  EXPECT_THROW(Add(x, Random({4, 23}), {}, {}), c10::Error);
  EXPECT_THROW(Add(x, Random({4, 24}, at::kFloat), {}, {}), c10::Error);
  EXPECT_THROW(Add(x, x, Random({23}), {}), c10::Error);
  EXPECT_THROW(Add(x, x, {}, {.probability = 1}), c10::Error);
  EXPECT_THROW(Norm(x, {at::ones({24}), at::zeros({24})}, at::kDouble), c10::Error);
}

}  // namespace
}  // namespace ablate::fused
