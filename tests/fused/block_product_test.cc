#include "model/net/fused/block_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "model/net/fused/capability.h"
#include "model/net/fused/pairing_kernel.h"
#include "tests/fused/row_checks.h"

namespace ablate::fused {
namespace {

at::Tensor RandomHalves(at::IntArrayRef sizes) { return Random(sizes, at::kBFloat16); }

// What `paired` holds, from its description.
at::Tensor Unpaired(const PairedMatrix& paired) {
  at::Tensor matrix = at::empty({paired.rows, paired.columns}, at::kBFloat16);
  for (int64_t row = 0; row < paired.rows; ++row) {
    for (int64_t column = 0; column < paired.columns; ++column) {
      const int64_t first = column / kPairedPanel * kPairedPanel;
      const int64_t width = std::min(kPairedPanel, paired.columns - first);
      const int64_t at = first * paired.rows + ((row / 2) * width + (column - first)) * 2 + row % 2;
      matrix[row][column] = paired.panels[at];
    }
  }
  return matrix;
}

class BlockProductTest : public testing::Test {
 protected:
  BlockProductTest() { at::manual_seed(1); }
  void SetUp() override {
    if (!HasBlockProducts()) GTEST_SKIP() << "no block products of bfloat16 on this processor";
  }
};

TEST_F(BlockProductTest, TakeMultiplesOf32) {
  EXPECT_TRUE(FitsBlocks(32, 96));
  EXPECT_FALSE(FitsBlocks(32, 48));
  EXPECT_FALSE(FitsBlocks(33, 32));
  EXPECT_FALSE(FitsBlocks(0, 32));
  EXPECT_THROW(PairRows(RandomHalves({4, 48})), c10::Error);
  EXPECT_THROW(MultiplyRows(RandomHalves({4, 64}), PairRows(RandomHalves({32, 32})), at::Tensor()),
               c10::Error);
  EXPECT_THROW(PairRows(Random({4, 32}, at::kFloat)), c10::Error);
}

TEST_F(BlockProductTest, RowsArePairedInPanels) {
  for (const auto& [rows, columns] : {std::pair{1, 32}, {64, 256}, {33, 288}, {70, 544}}) {
    const at::Tensor matrix = RandomHalves({rows, columns});
    const PairedMatrix paired = PairRows(matrix);
    EXPECT_EQ(paired.rows % 32, 0);
    const at::Tensor back = Unpaired(paired);
    EXPECT_TRUE(back.narrow(0, 0, rows).equal(matrix)) << rows << " x " << columns;
    EXPECT_EQ(back.narrow(0, rows, paired.rows - rows).abs().sum().item<double>(), 0);
  }
}

// Rows, inner dimension, columns.
using Shape = std::tuple<int64_t, int64_t, int64_t>;
class BlockProductShapes : public BlockProductTest, public testing::WithParamInterface<Shape> {};

// Products of bfloat16 are exact in float32: only their sums are rounded.
TEST_P(BlockProductShapes, AreThoseOfFloat64) {
  const auto [rows, inner, columns] = GetParam();
  const at::Tensor left = RandomHalves({rows, inner}), right = RandomHalves({inner, columns});
  const at::Tensor bias = Random({columns}, at::kFloat);
  const at::Tensor exact = at::mm(left.to(at::kDouble), right.to(at::kDouble));
  const at::Tensor plain = MultiplyRows(left, PairRows(right), at::Tensor());
  EXPECT_LE(Distance(plain, exact), 1.0 / 256);
  EXPECT_LE(Distance(MultiplyRows(left, PairRows(right), bias), exact + bias), 1.0 / 256);
}

TEST_P(BlockProductShapes, GiveEachBlockOnce) {
  const auto [rows, inner, columns] = GetParam();
  const at::Tensor left = RandomHalves({rows, inner}), right = RandomHalves({inner, columns});
  at::Tensor result = at::zeros({rows, columns});
  MultiplyRows(
      {left.const_data_ptr<c10::BFloat16>(), rows, inner, inner}, PairRows(right),
      [&](const ProductBlock& block) {
        const at::Tensor given = at::from_blob(block.product, {block.rows, block.columns},
                                               {block.stride, 1}, at::kFloat);
        result.narrow(0, block.row, block.rows).narrow(1, block.column, block.columns).add_(given);
      });
  EXPECT_LE(Distance(result, at::mm(left.to(at::kDouble), right.to(at::kDouble))), 1e-5);
}

TEST_P(BlockProductShapes, TransposedAreThoseOfFloat64) {
  const auto [rows, inner, columns] = GetParam();
  const at::Tensor left = RandomHalves({rows, inner}), right = RandomHalves({rows, columns});
  const at::Tensor sums = at::full({inner}, 7.0F);
  const at::Tensor product = MultiplyTransposed(left, PairRows(right), sums);
  EXPECT_EQ(product.scalar_type(), at::kFloat);
  EXPECT_LE(Distance(product, at::mm(left.t().to(at::kDouble), right.to(at::kDouble))), 1e-5);
  EXPECT_LE(Distance(sums, left.to(at::kDouble).sum(0)), 1e-5);
  EXPECT_TRUE(MultiplyTransposed(left, PairRows(right), at::Tensor()).equal(product));
}

TEST_P(BlockProductShapes, DoNotDependOnTheThreads) {
  const auto [rows, inner, columns] = GetParam();
  const at::Tensor left = RandomHalves({rows, inner}), right = RandomHalves({inner, columns});
  const at::Tensor other = RandomHalves({rows, columns});
  ExpectSameForThreads([&] {
    return Tensors{MultiplyRows(left, PairRows(right), at::Tensor()),
                   MultiplyTransposed(left, PairRows(other), at::Tensor())};
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, BlockProductShapes,
                         testing::Values(Shape{1, 32, 32},       // less than a block
                                         Shape{32, 128, 384},    // whole blocks
                                         Shape{45, 96, 288},     // a last block, a narrow panel
                                         Shape{100, 1056, 160},  // inner parts of unequal lengths
                                         Shape{530, 544, 32},    // rows for more than one turn
                                         Shape{1030, 32, 64}),   // parts of the transposed
                         [](const auto& shape) {
                           return std::to_string(std::get<0>(shape.param)) + "x" +
                                  std::to_string(std::get<1>(shape.param)) + "x" +
                                  std::to_string(std::get<2>(shape.param));
                         });

TEST_F(BlockProductTest, RowsMayComeInParts) {
  const at::Tensor first = RandomHalves({70, 256}), second = RandomHalves({70, 64});
  const at::Tensor right = RandomHalves({320, 96});
  at::Tensor result = at::zeros({70, 96});
  MultiplyRows({{first.const_data_ptr<c10::BFloat16>(), 70, 256, 256},
                {second.const_data_ptr<c10::BFloat16>(), 70, 64, 64}},
               PairRows(right), [&](const ProductBlock& block) {
                 for (int64_t row = 0; row < block.rows; ++row) {
                   std::copy_n(
                       block.product + row * block.stride, block.columns,
                       result.mutable_data_ptr<float>() + (block.row + row) * 96 + block.column);
                 }
               });
  const at::Tensor whole = at::cat({first, second}, 1).to(at::kDouble);
  EXPECT_LE(Distance(result, at::mm(whole, right.to(at::kDouble))), 1e-5);
}

TEST_F(BlockProductTest, InnerOnesAddToWhatIsThere) {
  const at::Tensor left = RandomHalves({64, 96}), right = RandomHalves({96, 288});
  const at::Tensor before = Random({64, 288}, at::kFloat);
  at::Tensor result = before.clone();
  MultiplyInner({left.const_data_ptr<c10::BFloat16>(), 64, 96, 96}, PairRows(right), /*add=*/true,
                result.mutable_data_ptr<float>());
  const at::Tensor exact = at::mm(left.to(at::kDouble), right.to(at::kDouble));
  EXPECT_LE(Distance(result, exact + before), 1e-5);
}

// More of them than one thread takes.
TEST_F(BlockProductTest, ManyRowsArePairedByThreads) {
  const at::Tensor matrix = RandomHalves({20000, 320});
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  const PairedMatrix paired = PairRows(matrix);
  at::set_num_threads(before);
  const at::Tensor columns = paired.panels.view({-1}).narrow(0, 0, paired.rows * kPairedPanel);
  const at::Tensor first = columns.view({paired.rows / 2, kPairedPanel, 2}).transpose(1, 2);
  EXPECT_TRUE(first.reshape({paired.rows, kPairedPanel}).equal(matrix.narrow(1, 0, kPairedPanel)));
}

// For each stride there is other code.
TEST_F(BlockProductTest, StridesAreFew) {
  EXPECT_EQ(TransposedStride(1), TransposedStride(512));
  EXPECT_GE(TransposedStride(512), 512);
  EXPECT_GE(TransposedStride(513), 513);
  EXPECT_EQ(TransposedStride(513) % 32, 0);
}

TEST_F(BlockProductTest, OfNoRowsAreZero) {
  const at::Tensor none = RandomHalves({0, 32});
  EXPECT_EQ(MultiplyRows(none, PairRows(RandomHalves({32, 64})), at::Tensor()).numel(), 0);
  const at::Tensor sums = at::full({32}, 7.0F);
  const at::Tensor product = MultiplyTransposed(none, PairRows(RandomHalves({0, 64})), sums);
  EXPECT_TRUE(sums.equal(at::zeros({32})));
  EXPECT_TRUE(product.equal(at::zeros({32, 64})));
}

// The kernels of those that this machine has, which lay out alike.
TEST(PairingKernelsTest, InstructionSetsAgree) {
  constexpr int64_t kRows = 70, kHeight = 96, kColumns = 288;
  at::manual_seed(2);
  const at::Tensor halves = RandomHalves({kRows, kColumns}), bias = Random({kColumns}, at::kFloat);
  const at::Tensor floats = Random({kRows, kColumns}, at::kFloat);
  const Matrix<c10::BFloat16> narrow{halves.const_data_ptr<c10::BFloat16>(), kRows, kColumns,
                                     kColumns};
  const Matrix<float> wide{floats.const_data_ptr<float>(), kRows, kColumns, kColumns};
  const auto run = [&](Capability capability) {
    const PairingKernels& kernels = ChooseKernels<PairingKernels>(capability);
    Tensors made;
    const auto to = [&] {
      made.push_back(at::zeros({kHeight * kColumns}, at::kBFloat16));
      return made.back().mutable_data_ptr<c10::BFloat16>();
    };
    made.push_back(at::zeros({kColumns}));
    float* const sums = made.back().mutable_data_ptr<float>();
    kernels.pair(narrow, 0, kHeight / 2, kHeight, to());
    kernels.pair_rounded(wide, 0, kHeight / 2, kHeight, to());
    kernels.pair_transposed(wide, 0, kHeight, kHeight, to());
    kernels.transpose(narrow, kHeight, to(), kHeight, sums);
    kernels.round(wide, bias.const_data_ptr<float>(), to(), kColumns);
    return made;
  };
  const Tensors plain = run(Capability::kDefault);
  EXPECT_LE(Distance(plain[0], halves.to(at::kDouble).sum(0)), 1e-5);
  for (const Capability capability : {Capability::kAvx2, Capability::kAvx512}) {
    if (CapabilityOfThisMachine() < capability) continue;
    const Tensors other = run(capability);
    EXPECT_LE(Distance(other[0], plain[0]), 1e-5);
    for (size_t i = 1; i < plain.size(); ++i) EXPECT_TRUE(other[i].equal(plain[i])) << i;
  }
}

}  // namespace
}  // namespace ablate::fused
