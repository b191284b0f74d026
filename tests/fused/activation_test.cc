#include "model/net/fused/activation.h"

#include <gtest/gtest.h>

#include "tests/fused/row_checks.h"

namespace ablate::fused {
namespace {

const RowDropout kDropout{0.25, 11};
constexpr std::array kActivations{Activation::kRelu, Activation::kGelu, Activation::kSwiGlu};

int64_t Arguments(Activation activation, int64_t columns) {
  return activation == Activation::kSwiGlu ? 2 * columns : columns;
}

// What the mask multiplies by, read off ones.
at::Tensor Factors(at::IntArrayRef sizes, const RowDropout& dropout) {
  return Activate(at::ones(sizes, at::kDouble), at::zeros({sizes.back()}, at::kDouble),
                  Activation::kRelu, dropout);
}

at::Tensor Reference(const at::Tensor& x, Activation activation) {
  if (activation == Activation::kRelu) return at::relu(x);
  if (activation == Activation::kGelu) return at::gelu(x);
  const auto halves = x.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

Function Ours(Activation activation, const RowDropout& dropout) {
  return
      [=](const Tensors& in) -> Tensors { return {Activate(in[0], in[1], activation, dropout)}; };
}

Function Composed(Activation activation, const at::Tensor& factors) {
  return [=](const Tensors& in) -> Tensors {
    return {Reference(in[0] + in[1], activation) * factors};
  };
}

TEST(ActivationTest, IsWhatLibTorchComposes) {
  for (const auto activation : kActivations) {
    for (const RowDropout& dropout : {RowDropout{}, kDropout, RowDropout{0.5, ~0ULL}}) {
      for (const auto& [rows, columns] :
           {std::pair<int64_t, int64_t>{1, 1}, {1, 64}, {3, 16}, {130, 37}, {70, 131}, {20, 512}}) {
        SCOPED_TRACE(columns);
        const int64_t arguments = Arguments(activation, columns);
        ExpectSame(
            Ours(activation, dropout), Composed(activation, Factors({rows, columns}, dropout)),
            {Random({rows, arguments}) * 2, Random({arguments})}, {Random({rows, columns})}, 1e-10);
      }
    }
  }
}

TEST(ActivationTest, GradientsAreThoseOfDifferences) {
  for (const auto activation : kActivations) {
    const int64_t arguments = Arguments(activation, 19);
    ExpectGradientsOfDifferences(Ours(activation, kDropout),
                                 {Random({3, arguments}), Random({arguments})}, {Random({3, 19})});
  }
}

TEST(ActivationTest, MasksAreOfTheirRateAndSeed) {
  const auto factors = Factors({300, 128}, {0.1, 3});
  ExpectMaskOf(0.1, factors);
  EXPECT_TRUE(at::equal(factors, Factors({300, 128}, {0.1, 3})));
  EXPECT_FALSE(at::equal(factors, Factors({300, 128}, {0.1, 4})));
}

TEST(ActivationTest, Float32AndBfloat16AreFloat64ToRounding) {
  for (const auto activation : kActivations) {
    SCOPED_TRACE(static_cast<int>(activation));
    const int64_t arguments = Arguments(activation, 131);
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto hidden = (Random({90, arguments}) * 2).to(type);
      const auto bias = Random({arguments}, at::kFloat), gradient = Random({90, 131}, type);
      const auto exact = RunAndDifferentiate(Ours(activation, kDropout),
                                             {hidden.to(at::kDouble), bias.to(at::kDouble)},
                                             {gradient.to(at::kDouble)});
      const auto ours = RunAndDifferentiate(Ours(activation, kDropout), {hidden, bias}, {gradient});
      EXPECT_EQ(ours[0].scalar_type(), type);
      EXPECT_EQ(ours[1].scalar_type(), type);
      EXPECT_LE(Distance(ours[0], exact[0]), type == at::kFloat ? 1e-5 : 0x1p-8);
      EXPECT_LE(Distance(ours[1], exact[1]), type == at::kFloat ? 1e-5 : 0x1p-8);
      EXPECT_LE(Distance(ours[2], exact[2]), 1e-5);  // summed before it is rounded
    }
  }
}

TEST(ActivationTest, ExtremesStayFinite) {
  for (const auto activation : kActivations) {
    const auto hidden = at::tensor({-1e4, -100.0, -20.0, 0.0, 20.0, 100.0, 1e4, 1.0}, at::kDouble);
    for (const auto type : {at::kDouble, at::kFloat}) {
      const auto rows = hidden.to(type).unsqueeze(0);
      const int64_t columns = activation == Activation::kSwiGlu ? 4 : 8;
      const auto ours = RunAndDifferentiate(Ours(activation, {}), {rows, at::zeros({8}, type)},
                                            {at::ones({1, columns}, type)});
      const auto reference =
          RunAndDifferentiate(Composed(activation, at::ones({1, columns}, at::kDouble)),
                              {rows.to(at::kDouble), at::zeros({8}, at::kDouble)},
                              {at::ones({1, columns}, at::kDouble)});
      ExpectClose(ours, reference, 1e-5);
    }
  }
}

TEST(ActivationTest, ThreadsChangeNothing) {
  for (const auto activation : kActivations) {
    const int64_t arguments = Arguments(activation, 131);
    const Tensors inputs{Random({1000, arguments}), Random({arguments})};
    const Tensors gradients{Random({1000, 131})};
    ExpectSameForThreads(
        [&] { return RunAndDifferentiate(Ours(activation, kDropout), inputs, gradients); });
  }
}

TEST(ActivationTest, NoRowsAreFine) {
  for (const auto activation : kActivations) {
    const int64_t arguments = Arguments(activation, 12);
    const auto all =
        RunAndDifferentiate(Ours(activation, kDropout),
                            {Random({0, arguments}), Random({arguments})}, {Random({0, 12})});
    EXPECT_EQ(all[0].sizes(), (std::vector<int64_t>{0, 12}));
    EXPECT_TRUE(at::equal(all[2], at::zeros({arguments}, at::kDouble)));
  }
}

TEST(ActivationTest, RowsMayHaveSeveralDimensions) {
  const auto hidden = Random({3, 5, 24}), bias = Random({24});
  const auto flat = Activate(hidden.flatten(0, 1), bias, Activation::kGelu, kDropout);
  EXPECT_TRUE(at::equal(Activate(hidden, bias, Activation::kGelu, kDropout).flatten(0, 1), flat));
}

TEST(ActivationTest, WrongOperandsAreRefused) {
  const auto hidden = Random({4, 25});
  EXPECT_THROW(Activate(hidden, Random({24}), Activation::kRelu, {}), c10::Error);
  EXPECT_THROW(Activate(hidden, Random({25}), Activation::kSwiGlu, {}), c10::Error);
  EXPECT_THROW(Activate(hidden, Random({25}, at::kFloat), Activation::kRelu, {}), c10::Error);
  EXPECT_THROW(Activate(hidden, {}, Activation::kRelu, {}), c10::Error);
}

TEST(ActivationTest, WhatIsKeptMayNotBeOverwritten) {
  for (const auto activation : {Activation::kRelu, Activation::kGelu}) {
    const auto weight = Random({4, 24}).requires_grad_();
    const auto hidden = weight * 2;
    const auto result = Activate(hidden, Random({24}), activation, {});
    auto kept = activation == Activation::kRelu ? result.detach() : hidden.detach();
    kept.zero_();
    EXPECT_THROW(result.sum().backward(), c10::Error);
  }
}

}  // namespace
}  // namespace ablate::fused
