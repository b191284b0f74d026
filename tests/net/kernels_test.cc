// Fused kernels and packed batches against LibTorch's operations on rectangles: the whole model's
// loss and every gradient, in float64.
#include "model/net/kernels.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <functional>

#include "model/data/vocabulary_spec.h"
#include "model/net/training_loss.h"
#include "tests/net/synthetic.h"

namespace ablate {
namespace {

using testing::SmallConfig;
using testing::SmallModel;
using testing::SyntheticBatch;
using testing::TensorBatch;

struct Case {
  std::string name;
  TransformerConfig config = SmallConfig();
  std::vector<int64_t> layer_of_depth = {};
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, const std::function<void(Case&)>& edit) {
    edit(cases.emplace_back(Case{.name = name}));
  };
  add("relu", [](Case&) {});
  add("gelu", [](Case& c) { c.config.activation = "gelu"; });
  add("swiglu", [](Case& c) { c.config.activation = "swiglu"; });
  add("post_norm", [](Case& c) { c.config.norm = "post"; });
  add("tied", [](Case& c) { c.config.tied_embeddings = true; });
  add("no_attention_bias", [](Case& c) { c.config.attention_bias = false; });
  add("odd_d_model", [](Case& c) { c.config.d_model = 33, c.config.heads = 3; });
  add("shared", [](Case& c) { c.config.layers = 4, c.layer_of_depth = {0, 1, 1, 0}; });
  add("in_blocks", [](Case& c) { c.config.d_ff = 64; });
  add("in_blocks_tied", [](Case& c) { c.config.d_ff = 64, c.config.tied_embeddings = true; });
  return cases;
}

std::vector<int64_t> Lengths(const at::Tensor& ids) {
  const at::Tensor lengths = (ids != kPad).sum(1);
  const auto* begin = lengths.const_data_ptr<int64_t>();
  return {begin, begin + lengths.numel()};
}

DeviceBatch Padded(const TensorBatch& batch) {
  return PaddedBatch(batch.source, batch.target_in, batch.target_out, /*source_padded=*/true);
}

// With `fillers` tokens of PAD after the last sentence of each side.
DeviceBatch Packed(const TensorBatch& batch, int64_t fillers = 0) {
  const auto pack = [&](const at::Tensor& ids) {
    return at::constant_pad_nd(ids.masked_select(ids != kPad), {0, fillers}, kPad);
  };
  const auto layout = [&](const at::Tensor& ids) {
    const int64_t tokens = (ids != kPad).sum().item<int64_t>();
    return PackedLayout(Lengths(ids), at::kCPU, /*pin_memory=*/false, tokens + fillers);
  };
  return {pack(batch.source), pack(batch.target_in), pack(batch.target_out), layout(batch.source),
          layout(batch.target_out)};
}

struct LossAndGradients {
  double loss = 0;
  std::vector<std::pair<std::string, at::Tensor>> gradients;
};

// Keeps no gradients in the model.
LossAndGradients Backward(Transformer& model, const DeviceBatch& batch) {
  model->ParametersChanged();
  const TokenLoss loss = ComputeLoss(model, batch, {.label_smoothing = 0.1, .scale = 0.01});
  loss.sum.backward();
  LossAndGradients result{loss.sum.item<double>(), {}};
  for (auto& parameter : model->named_parameters()) {
    result.gradients.emplace_back(parameter.key(), parameter.value().grad().clone());
    parameter.value().mutable_grad().reset();
  }
  return result;
}

double RelativeError(const at::Tensor& got, const at::Tensor& expected) {
  return ((got.to(at::kDouble) - expected).norm() / expected.norm().clamp_min(1e-12))
      .item<double>();
}

void ExpectClose(const LossAndGradients& got, const LossAndGradients& expected, double tolerance) {
  EXPECT_NEAR(got.loss, expected.loss, tolerance * expected.loss);
  ASSERT_EQ(got.gradients.size(), expected.gradients.size());
  for (size_t i = 0; i < got.gradients.size(); ++i) {
    const auto& [name, gradient] = expected.gradients[i];
    EXPECT_LT(RelativeError(got.gradients[i].second, gradient), tolerance) << name;
  }
}

class KernelsTest : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Models, KernelsTest, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(KernelsTest, FusedAndPackedComputeTheReferencesLossAndGradients) {
  constexpr double kTolerance = 1e-9;
  Transformer model = SmallModel(GetParam().config, GetParam().layer_of_depth);
  model->to(at::kDouble);
  const TensorBatch batch = SyntheticBatch(/*padded=*/true);
  const LossAndGradients reference = Backward(model, Padded(batch));
  {
    SCOPED_TRACE("packed, reference");
    ExpectClose(Backward(model, Packed(batch)), reference, kTolerance);
    ExpectClose(Backward(model, Packed(batch, /*fillers=*/5)), reference, kTolerance);
  }
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  {
    SCOPED_TRACE("padded, fused");
    ExpectClose(Backward(model, Padded(batch)), reference, kTolerance);
  }
  {
    SCOPED_TRACE("packed, fused");
    ExpectClose(Backward(model, Packed(batch)), reference, kTolerance);
    ExpectClose(Backward(model, Packed(batch, /*fillers=*/5)), reference, kTolerance);
  }
}

TEST_P(KernelsTest, FusedUnderAutocastIsNearFloat32) {
  Transformer model = SmallModel(GetParam().config, GetParam().layer_of_depth);
  const TensorBatch batch = SyntheticBatch(/*padded=*/true);
  const LossAndGradients reference = Backward(model, Padded(batch));
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const LossAndGradients got = Backward(model, Packed(batch));
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  EXPECT_NEAR(got.loss, reference.loss, 0.01 * reference.loss);
  for (size_t i = 0; i < got.gradients.size(); ++i) {
    const auto& [name, gradient] = reference.gradients[i];
    EXPECT_EQ(got.gradients[i].second.scalar_type(), at::kFloat) << name;
    EXPECT_LT(RelativeError(got.gradients[i].second, gradient), 0.15) << name;
  }
}

// The weight's memory is written to behind LibTorch's back.
TEST(KernelsCastTest, WeightsAreCastAnewOnlyWhereTheyChanged) {
  Transformer model = SmallModel(SmallConfig());
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  const DeviceBatch batch = Packed(SyntheticBatch(/*padded=*/true));
  at::Tensor weight = model->named_parameters()["projection_weight"];
  const at::NoGradGuard no_gradients;
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const auto loss = [&] {
    model->ParametersChanged();
    return ComputeLoss(model, batch, {}).sum.item<double>();
  };
  const double before = loss();
  float* const values = weight.mutable_data_ptr<float>();
  for (int64_t i = 0; i < weight.numel(); ++i) values[i] *= 2;
  EXPECT_EQ(loss(), before);
  weight.mul_(1);
  const double after = loss();
  EXPECT_NE(after, before);
  weight.set_data(weight.detach() / 2);
  EXPECT_EQ(loss(), before);
  at::autocast::set_autocast_enabled(at::kCPU, false);
}

TEST(KernelsRowGradientTest, AreThoseOfTheReference) {
  for (const bool tied : {false, true}) {
    TransformerConfig config = SmallConfig();
    config.tied_embeddings = tied;
    Transformer model = SmallModel(config);
    model->to(at::kDouble);
    const DeviceBatch batch = Packed(SyntheticBatch(/*padded=*/true));
    const LossAndGradients reference = Backward(model, batch);
    model->ComputeWith(MakeFusedKernels(at::kCPU));
    model->TakeRowGradients();
    LossAndGradients got = Backward(model, batch);
    int64_t of_rows = 0;
    for (auto& [name, gradient] : got.gradients) {
      of_rows += gradient.is_sparse() ? 1 : 0;
      gradient = gradient.to_dense();
    }
    EXPECT_EQ(of_rows, tied ? 1 : 2);
    ExpectClose(got, reference, 1e-9);
  }
}

// Mean losses over many masks, where both kernels draw masks of their own.
TEST(KernelsDropoutTest, DropsAsMuchAsTheReference) {
  TransformerConfig config = SmallConfig();
  config.dropout = 0.3;
  Transformer model = SmallModel(config);
  const at::NoGradGuard no_gradients;
  const TensorBatch batch = SyntheticBatch(/*padded=*/true);
  const auto losses = [&](const DeviceBatch& of) {
    std::vector<at::Tensor> all;
    for (int i = 0; i < 300; ++i) all.push_back(ComputeLoss(model, of, {}).sum);
    return at::stack(all);
  };
  const at::Tensor reference = losses(Padded(batch));
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  for (const DeviceBatch& of : {Padded(batch), Packed(batch)}) {
    const at::Tensor fused = losses(of);
    const double error = ((fused.var() + reference.var()) / 300).sqrt().item<double>();
    EXPECT_NEAR(fused.mean().item<double>(), reference.mean().item<double>(), 4 * error);
    EXPECT_NEAR(fused.std().item<double>() / reference.std().item<double>(), 1, 0.2);
  }
}

TEST(KernelsDropoutTest, TheGeneratorDecidesOverMasks) {
  TransformerConfig config = SmallConfig();
  config.dropout = 0.3;
  Transformer model = SmallModel(config);
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  const DeviceBatch batch = Packed(SyntheticBatch(/*padded=*/true));
  at::manual_seed(5);
  const LossAndGradients first = Backward(model, batch);
  const LossAndGradients other = Backward(model, batch);
  at::manual_seed(5);
  const LossAndGradients again = Backward(model, batch);
  EXPECT_EQ(again.loss, first.loss);
  for (size_t i = 0; i < again.gradients.size(); ++i) {
    EXPECT_TRUE(again.gradients[i].second.equal(first.gradients[i].second));
  }
  EXPECT_NE(first.loss, other.loss);
}

}  // namespace
}  // namespace ablate
