#include "harness/train/product_rows.h"

#include <gtest/gtest.h>

#include "model/net/kernels.h"

namespace ablate {
namespace {

Recipe Amp(KernelSet kernels) {
  Recipe recipe;
  recipe.model.d_model = 64;
  recipe.model.d_ff = 128;
  recipe.precision.autocast = Precision::Autocast::kBFloat16;
  recipe.kernels = kernels;
  return recipe;
}

TEST(ProductRowsTest, LibTorchsHalvesOnACpuComeInMultiples) {
  Recipe recipe = Amp(KernelSet::kReference);
  EXPECT_EQ(ProductRows(recipe, at::kCPU), 16);
  EXPECT_EQ(ProductRows(recipe, at::kCUDA), 1);
  recipe.precision.autocast = Precision::Autocast::kOff;
  EXPECT_EQ(ProductRows(recipe, at::kCPU), 1);
}

TEST(ProductRowsTest, BlocksTakeAnyNumber) {
  Recipe recipe = Amp(KernelSet::kFused);
  const bool blocks = FusedKernelsTakeAnyRows(recipe.model);
  EXPECT_EQ(ProductRows(recipe, at::kCPU), blocks ? 1 : 16);
  recipe.precision.autocast = Precision::Autocast::kDeviceDefault;
  EXPECT_EQ(ProductRows(recipe, at::kCPU), blocks ? 1 : 16);
  recipe.precision.autocast = Precision::Autocast::kFloat16;
  EXPECT_EQ(ProductRows(recipe, at::kCPU), 16);
}

TEST(ProductRowsTest, ButForModelsThatDoNotFitThem) {
  Recipe recipe = Amp(KernelSet::kFused);
  recipe.model.d_ff = 130;
  EXPECT_EQ(ProductRows(recipe, at::kCPU), 16);
  recipe.model.d_ff = 128;
  recipe.model.d_model = 60;
  EXPECT_EQ(ProductRows(recipe, at::kCPU), 16);
}

}  // namespace
}  // namespace ablate
