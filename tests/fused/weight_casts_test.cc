#include "model/net/fused/weight_casts.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ablate::fused {
namespace {

class WeightCastsTest : public testing::Test {
 protected:
  WeightCastsTest() { at::manual_seed(1); }

  at::Tensor weight_ = at::randn({7, 5}).requires_grad_(true);
  WeightCasts casts_;
};

TEST_F(WeightCastsTest, AreMadeOnceForAllOnTheSameMemory) {
  const at::Tensor twin = weight_.detach().requires_grad_(true);
  const at::Tensor first = casts_.Get(weight_, at::kBFloat16);
  EXPECT_TRUE(first.equal(weight_.detach().to(at::kBFloat16)));
  EXPECT_EQ(casts_.Get(weight_, at::kBFloat16).const_data_ptr(), first.const_data_ptr());
  EXPECT_EQ(casts_.Get(twin, at::kBFloat16).const_data_ptr(), first.const_data_ptr());
  const at::NoGradGuard no_gradients;
  EXPECT_EQ(casts_.Get(weight_, at::kBFloat16).const_data_ptr(), first.const_data_ptr());
}

TEST_F(WeightCastsTest, OfTheTypeThatIsAskedForAreTheWeightItself) {
  EXPECT_TRUE(casts_.Get(weight_, at::kFloat).is_same(weight_));
}

// 1 and 2^-9 are bfloat16; their sum is not.
TEST_F(WeightCastsTest, GradientsOfSeveralUsesAreSummedInTheWeightsType) {
  const at::Tensor small = at::full({7, 5}, 1.0 / 512, at::kBFloat16);
  const at::Tensor sum =
      casts_.Get(weight_, at::kBFloat16).sum() + (casts_.Get(weight_, at::kBFloat16) * small).sum();
  sum.backward();
  EXPECT_EQ(weight_.grad().scalar_type(), at::kFloat);
  EXPECT_TRUE(weight_.grad().equal(at::full({7, 5}, 1 + 1.0 / 512)));
}

TEST_F(WeightCastsTest, EachOfTheSameMemoryHasItsGradient) {
  const at::Tensor twin = weight_.detach().requires_grad_(true);
  (casts_.Get(weight_, at::kBFloat16).sum() + 2 * casts_.Get(twin, at::kBFloat16).sum()).backward();
  EXPECT_TRUE(weight_.grad().equal(at::ones({7, 5})));
  EXPECT_TRUE(twin.grad().equal(at::full({7, 5}, 2.0F)));
}

TEST_F(WeightCastsTest, FollowTheWeightWhenRefreshed) {
  const at::Tensor before = casts_.Get(weight_, at::kBFloat16);
  const at::Tensor values = before.detach().clone();
  {
    const at::NoGradGuard no_gradients;
    weight_.add_(1);
  }
  EXPECT_TRUE(casts_.Get(weight_, at::kBFloat16).equal(values));
  casts_.Refresh();
  const at::Tensor after = casts_.Get(weight_, at::kBFloat16);
  EXPECT_TRUE(after.equal(weight_.detach().to(at::kBFloat16)));
  EXPECT_EQ(after.const_data_ptr(), before.const_data_ptr());
}

TEST_F(WeightCastsTest, PanelsAreMadeOnceAndFollowTheWeight) {
  if (!HasBlockProducts()) GTEST_SKIP() << "no block products of bfloat16 on this processor";
  const at::Tensor weight = at::randn({64, 32}), twin = weight.detach();
  const WeightPanels first = casts_.Panels(weight);
  EXPECT_TRUE(casts_.Panels(twin).forward.panels.is_same(first.forward.panels));
  weight.add_(1);
  casts_.Refresh();
  EXPECT_TRUE(casts_.Panels(weight).backward.panels.is_same(first.backward.panels));
  EXPECT_TRUE(first.backward.panels.equal(MakePanels(weight).backward.panels));
  EXPECT_TRUE(first.forward.panels.equal(MakePanels(weight).forward.panels));
}

TEST_F(WeightCastsTest, PanelsOfAWeightThatIsNoMoreAreGivenBack) {
  if (!HasBlockProducts()) GTEST_SKIP() << "no block products of bfloat16 on this processor";
  const at::Tensor panels = casts_.Panels(at::randn({64, 32})).forward.panels;
  casts_.Refresh();
  EXPECT_EQ(panels.use_count(), 1);
}

TEST_F(WeightCastsTest, OfAWeightThatIsNoMoreAreGivenBack) {
  const at::Tensor cast = casts_.Get(weight_, at::kBFloat16).detach();
  weight_ = at::Tensor();
  casts_.Refresh();
  EXPECT_EQ(cast.storage().use_count(), 1);
}

TEST_F(WeightCastsTest, MayBeAskedForByThreadsAtOnce) {
  constexpr int kThreads = 4;
  std::vector<at::Tensor> weights, twins(kThreads);
  for (int i = 0; i < 50; ++i) weights.push_back(at::randn({i + 1, i % 2 == 0 ? 3 : 32}));
  std::vector<std::thread> threads;
  std::vector<int> wrong(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (const at::Tensor& weight : weights) {
        wrong[t] += !casts_.Get(weight, at::kBFloat16).equal(weight.to(at::kBFloat16));
        if (!FitsPanels(weight)) continue;
        const at::Tensor panels = casts_.Panels(weight).backward.panels;
        wrong[t] += !panels.equal(MakePanels(weight).backward.panels);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(kThreads));
}

}  // namespace
}  // namespace ablate::fused
