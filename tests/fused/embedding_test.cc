#include "model/net/fused/embedding.h"

#include <gtest/gtest.h>

#include "tests/fused/row_checks.h"

namespace ablate::fused {
namespace {

const RowDropout kDropout{0.25, 13};
constexpr int64_t kPadding = 0;
constexpr double kScale = 3;

struct Batch {
  at::Tensor ids, position_of;
};

Batch RandomBatch(at::IntArrayRef sizes, int64_t vocabulary, int64_t positions) {
  return {at::randint(vocabulary, sizes, at::kLong), at::randint(positions, sizes, at::kLong)};
}

// What the mask multiplies by, read off ones.
at::Tensor Factors(const Batch& batch, int64_t columns, const RowDropout& dropout,
                   at::ScalarType type = at::kDouble) {
  return Embed(at::ones({1, columns}, type), at::zeros_like(batch.ids), at::zeros_like(batch.ids),
               at::zeros({1, columns}, type), 1, -1, dropout, false);
}

Function Ours(const Batch& batch, const at::Tensor& positions, const RowDropout& dropout,
              bool row_gradient = false) {
  return [=](const Tensors& in) -> Tensors {
    return {Embed(in[0], batch.ids, batch.position_of, positions, kScale, kPadding, dropout,
                  row_gradient)};
  };
}

Function Composed(const Batch& batch, const at::Tensor& positions, const at::Tensor& factors) {
  return [=](const Tensors& in) -> Tensors {
    const auto rows = at::embedding(in[0], batch.ids, kPadding) * kScale +
                      at::embedding(positions, batch.position_of);
    return {rows * factors};
  };
}

struct Case {
  std::vector<int64_t> sizes;
  int64_t vocabulary, columns;
  RowDropout dropout;
};

const std::vector<Case> kCases{{{1}, 5, 1, kDropout},          {{7}, 3, 64, kDropout},
                               {{4, 9}, 11, 37, kDropout},     {{300}, 70000, 131, kDropout},
                               {{500}, 300, 128, {0.1, 1234}}, {{20, 30}, 40, 16, {}}};

TEST(EmbeddingTest, IsWhatLibTorchComposes) {
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.columns);
    const auto batch = RandomBatch(c.sizes, c.vocabulary, 50);
    const auto positions = Random({50, c.columns});
    auto sizes = c.sizes;
    sizes.push_back(c.columns);
    ExpectSame(Ours(batch, positions, c.dropout),
               Composed(batch, positions, Factors(batch, c.columns, c.dropout)),
               {Random({c.vocabulary, c.columns})}, {Random(sizes)}, 1e-10);
  }
}

TEST(EmbeddingTest, RowGradientIsTheDenseOneWithoutItsZeroRows) {
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.columns);
    const auto batch = RandomBatch(c.sizes, c.vocabulary, 50);
    const auto positions = Random({50, c.columns});
    auto sizes = c.sizes;
    sizes.push_back(c.columns);
    const Tensors weight{Random({c.vocabulary, c.columns})}, gradient{Random(sizes)};
    const auto dense = RunAndDifferentiate(Ours(batch, positions, c.dropout), weight, gradient)[1];
    const auto rows =
        RunAndDifferentiate(Ours(batch, positions, c.dropout, true), weight, gradient)[1];
    ASSERT_TRUE(rows.is_sparse());
    EXPECT_TRUE(at::equal(rows.to_dense(), dense));
    const auto present = std::get<0>(at::_unique(batch.ids, /*sorted=*/true));
    EXPECT_TRUE(at::equal(rows._indices()[0], present.masked_select(present != kPadding)));
  }
}

TEST(EmbeddingTest, RowGradientIsCoalesced) {
  const auto batch = RandomBatch({50}, 20, 50);
  const auto weight = Random({20, 8}).requires_grad_();
  const auto result = Ours(batch, Random({50, 8}), kDropout, true)({weight})[0];
  const auto gradient = torch::autograd::grad({result.sum()}, {weight})[0];
  EXPECT_TRUE(gradient.is_coalesced());
  EXPECT_EQ(gradient.sparse_dim(), 1);
  EXPECT_EQ(gradient.dense_dim(), 1);
}

// The flag of being coalesced gets lost there, which LibTorch's own sparse gradients share; the
// indices are sorted without repetition nonetheless.
TEST(EmbeddingTest, RowGradientBecomesGradAsItIs) {
  const auto batch = RandomBatch({50}, 20, 50);
  auto weight = Random({20, 8}).requires_grad_();
  const void* values = nullptr;
  weight.register_hook([&](const at::Tensor& gradient) { values = gradient._values().data_ptr(); });
  Ours(batch, Random({50, 8}), kDropout, true)({weight})[0].sum().backward();
  ASSERT_TRUE(weight.grad().is_sparse());
  EXPECT_EQ(weight.grad()._values().data_ptr(), values);
  const auto rows = weight.grad()._indices()[0];
  EXPECT_TRUE((rows.slice(0, 1) > rows.slice(0, 0, -1)).all().item<bool>());
}

// As where the output projection has the same weight.
TEST(EmbeddingTest, RowGradientsAddUpWithDenseAndOtherRowGradients) {
  const auto one = RandomBatch({50}, 20, 50), two = RandomBatch({30}, 20, 50);
  const auto positions = Random({50, 8}), other = Random({20, 8});
  const auto gradient_of = [&](bool row_gradient, bool dense_first, int passes) {
    const auto weight = other.clone().requires_grad_();
    for (int pass = 0; pass < passes; ++pass) {
      const auto embedded = Ours(one, positions, kDropout, row_gradient)({weight})[0].sum();
      const auto more = Ours(two, positions, kDropout, row_gradient)({weight})[0].square().sum();
      const auto product = (weight * other).sum();
      (dense_first ? product + embedded + more : embedded + more + product).backward();
    }
    return weight.grad();
  };
  for (const bool dense_first : {false, true}) {
    for (const int passes : {1, 2}) {
      const auto sum = gradient_of(true, dense_first, passes);
      EXPECT_FALSE(sum.is_sparse());
      EXPECT_LE(Distance(sum, gradient_of(false, dense_first, passes)), 1e-12);
    }
  }
}

TEST(EmbeddingTest, RowGradientsOfTwoPassesAddUp) {
  const auto one = RandomBatch({50}, 20, 50), two = RandomBatch({30}, 20, 50);
  const auto positions = Random({50, 8}), start = Random({20, 8});
  const auto gradient_of = [&](bool row_gradient) {
    const auto weight = start.clone().requires_grad_();
    for (const auto& batch : {one, two}) {
      Ours(batch, positions, kDropout, row_gradient)({weight})[0].square().sum().backward();
    }
    return weight.grad();
  };
  ASSERT_TRUE(gradient_of(true).is_sparse());
  EXPECT_LE(Distance(gradient_of(true).to_dense(), gradient_of(false)), 1e-12);
}

TEST(EmbeddingTest, GradientIsThatOfDifferences) {
  const auto batch = RandomBatch({6}, 4, 3);
  auto weight = Random({4, 19});
  const auto positions = Random({3, 19});
  const auto ours = [&](const Tensors& in) -> Tensors {
    return {Embed(in[0], batch.ids, batch.position_of, positions, kScale, /*padding=*/-1, kDropout,
                  false)};
  };
  ExpectGradientsOfDifferences(ours, {weight}, {Random({6, 19})});
}

TEST(EmbeddingTest, MasksAreOfTheirRateAndSeed) {
  const auto batch = RandomBatch({300}, 20, 50);
  const auto factors = Factors(batch, 128, {0.1, 3});
  ExpectMaskOf(0.1, factors);
  EXPECT_TRUE(at::equal(factors, Factors(batch, 128, {0.1, 3})));
  EXPECT_FALSE(at::equal(factors, Factors(batch, 128, {0.1, 4})));
}

TEST(EmbeddingTest, Float32AndBfloat16AreFloat64ToRounding) {
  const auto batch = RandomBatch({200}, 30, 50);
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const auto weight = Random({30, 131}, type), positions = Random({50, 131}, type);
    const auto gradient = Random({200, 131}, type);
    const auto ours = RunAndDifferentiate(Ours(batch, positions, kDropout), {weight}, {gradient});
    const auto exact = RunAndDifferentiate(Ours(batch, positions.to(at::kDouble), kDropout),
                                           {weight.to(at::kDouble)}, {gradient.to(at::kDouble)});
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(ours[i].scalar_type(), type);
      EXPECT_LE(Distance(ours[i], exact[i]), type == at::kFloat ? 1e-5 : 0x1p-8);
    }
  }
}

TEST(EmbeddingTest, ThreadsChangeNothing) {
  const auto batch = RandomBatch({2000}, 700, 50);
  const auto positions = Random({50, 131}), weight = Random({700, 131});
  const auto gradient = Random({2000, 131});
  for (const bool row_gradient : {false, true}) {
    ExpectSameForThreads([&] {
      auto all =
          RunAndDifferentiate(Ours(batch, positions, kDropout, row_gradient), {weight}, {gradient});
      all[1] = all[1].to_dense();
      return all;
    });
  }
}

TEST(EmbeddingTest, PaddingAloneGivesNoRows) {
  const Batch padding{at::zeros({6}, at::kLong), at::zeros({6}, at::kLong)};
  const Batch nothing = RandomBatch({0}, 5, 3);
  for (const auto& batch : {padding, nothing}) {
    const auto ours = RunAndDifferentiate(Ours(batch, Random({3, 8}), kDropout, true),
                                          {Random({5, 8})}, {Random({batch.ids.numel(), 8})});
    EXPECT_EQ(ours[1]._nnz(), 0);
    EXPECT_TRUE(at::equal(ours[1].to_dense(), at::zeros({5, 8}, at::kDouble)));
  }
}

TEST(EmbeddingTest, WrongOperandsAreRefused) {
  const auto weight = Random({5, 8}), positions = Random({3, 8});
  const auto embed = [&](const at::Tensor& ids, const at::Tensor& position_of) {
    return Embed(weight, ids, position_of, positions, 1, kPadding, {}, false);
  };
  const auto index = [](int64_t i) { return at::full({1}, i, at::kLong); };
  EXPECT_NO_THROW(embed(index(4), index(2)));
  EXPECT_THROW(embed(index(5), index(2)), c10::Error);
  EXPECT_THROW(embed(index(-1), index(2)), c10::Error);
  EXPECT_THROW(embed(index(4), index(3)), c10::Error);
  EXPECT_THROW(embed(index(4), at::zeros({2}, at::kLong)), c10::Error);
  EXPECT_THROW(Embed(weight, index(1), index(1), positions.to(at::kFloat), 1, 0, {}, false),
               c10::Error);
}

}  // namespace
}  // namespace ablate::fused
