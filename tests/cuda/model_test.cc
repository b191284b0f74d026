// The whole model, its loss and every gradient, by the kernels of CUDA and by LibTorch's
// operations: emulated on a CPU, and on a device where there is one.
#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <optional>

#include "harness/train/device.h"
#include "model/data/vocabulary_spec.h"
#include "model/error.h"
#include "model/net/dropout.h"
#include "model/net/training_loss.h"
#include "tests/cuda/emulated_kernels.h"
#include "tests/net/synthetic.h"

namespace ablate {
namespace {

using ablate::testing::SmallConfig;
using ablate::testing::SmallModel;
using ablate::testing::SyntheticBatch;
using ablate::testing::TensorBatch;

std::vector<int64_t> Lengths(const at::Tensor& ids) {
  const at::Tensor lengths = (ids != kPad).sum(1);
  const auto* begin = lengths.const_data_ptr<int64_t>();
  return {begin, begin + lengths.numel()};
}

DeviceBatch Padded(const TensorBatch& batch, at::Device device) {
  return PaddedBatch(batch.source.to(device), batch.target_in.to(device),
                     batch.target_out.to(device), /*source_padded=*/true);
}

DeviceBatch Packed(const TensorBatch& batch, at::Device device) {
  const auto pack = [&](const at::Tensor& ids) {
    return ids.masked_select(ids != kPad).to(device);
  };
  return {pack(batch.source), pack(batch.target_in), pack(batch.target_out),
          PackedLayout(Lengths(batch.source), device),
          PackedLayout(Lengths(batch.target_out), device)};
}

// The loss, then every gradient, on the host in float64. Keeps no gradients in the model.
std::vector<at::Tensor> Backward(Transformer& model, const DeviceBatch& batch) {
  model->ParametersChanged();
  const at::Tensor loss = ComputeLoss(model, batch, {.label_smoothing = 0.1, .scale = 0.01}).sum;
  loss.backward();
  std::vector<at::Tensor> results{loss.detach().to(at::kCPU, at::kDouble)};
  for (at::Tensor& parameter : model->parameters()) {
    results.push_back(parameter.grad().to(at::kCPU, at::kDouble));
    parameter.mutable_grad().reset();
  }
  return results;
}

void ExpectNear(const std::vector<at::Tensor>& ours, const std::vector<at::Tensor>& reference,
                double tolerance) {
  ASSERT_EQ(ours.size(), reference.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    const double size = reference[i].norm().clamp_min(1e-12).item<double>();
    EXPECT_LT((ours[i] - reference[i]).norm().item<double>() / size, tolerance) << i;
  }
}

// For the length of a scope operations compute in `type` where that is fewer bits.
class Autocast {
 public:
  Autocast(at::DeviceType device, std::optional<at::ScalarType> type)
      : device_(device), on_(type.has_value()) {
    if (!on_) return;
    at::autocast::set_autocast_dtype(device, *type);
    at::autocast::set_autocast_enabled(device, true);
  }
  ~Autocast() {
    if (!on_) return;
    at::autocast::set_autocast_enabled(device_, false);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool on_;
};

struct Case {
  std::string name;
  TransformerConfig config = SmallConfig();
};

std::vector<Case> Cases() {
  std::vector<Case> cases(4);
  cases[0].name = "relu";
  cases[1].name = "gelu_odd", cases[1].config.activation = "gelu";
  cases[1].config.d_model = 33, cases[1].config.heads = 3;
  cases[2].name = "swiglu_tied", cases[2].config.activation = "swiglu";
  cases[2].config.tied_embeddings = true;
  cases[3].name = "post_norm", cases[3].config.norm = "post";
  return cases;
}

class ModelOnCuda : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Models, ModelOnCuda, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(ModelOnCuda, EmulatedComputesTheReferencesLossAndGradients) {
  Transformer model = SmallModel(GetParam().config);
  model->to(at::kDouble);
  const TensorBatch batch = SyntheticBatch(/*padded=*/true);
  const auto reference = Backward(model, Padded(batch, at::kCPU));
  cuda::EmulatedLauncher launcher(cuda::emulation::Order::kDescending);
  const cuda::EmulationScope emulation(launcher);
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  ExpectNear(Backward(model, Padded(batch, at::kCPU)), reference, 1e-9);
  ExpectNear(Backward(model, Packed(batch, at::kCPU)), reference, 1e-9);
  EXPECT_GT(launcher.launches(), 2 * 2 * 10);
}

TEST_P(ModelOnCuda, EmulatedUnderAutocastIsNearFloat32) {
  Transformer model = SmallModel(GetParam().config);
  const TensorBatch batch = SyntheticBatch(/*padded=*/true);
  const auto reference = Backward(model, Padded(batch, at::kCPU));
  cuda::EmulatedLauncher launcher(cuda::emulation::Order::kAscending);
  const cuda::EmulationScope emulation(launcher);
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  const Autocast autocast(at::kCPU, at::kBFloat16);
  ExpectNear(Backward(model, Packed(batch, at::kCPU)), reference, 0.1);
  EXPECT_GT(launcher.launches(), 0);
}

// With one seed, the CPU's kernels and those of CUDA drop the same.
TEST_P(ModelOnCuda, EmulatedDropsWhatTheCpuDrops) {
  TransformerConfig config = GetParam().config;
  config.dropout = 0.3;
  Transformer model = SmallModel(config);
  model->to(at::kDouble);
  model->ComputeWith(MakeFusedKernels(at::kCPU));
  const DeviceBatch batch = Packed(SyntheticBatch(/*padded=*/true), at::kCPU);
  at::manual_seed(5);
  const auto cpu = Backward(model, batch);
  cuda::EmulatedLauncher launcher(cuda::emulation::Order::kAscending);
  const cuda::EmulationScope emulation(launcher);
  at::manual_seed(5);
  ExpectNear(Backward(model, batch), cpu, 1e-9);
  const DropoutCounterScope counter(at::ones({1}, at::kLong));
  at::manual_seed(5);
  EXPECT_FALSE(Backward(model, batch)[0].equal(cpu[0]));
}

class ModelOnDevice : public ModelOnCuda {
 protected:
  void SetUp() override {
    try {
      device_ = OpenDevice("cuda");
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  std::vector<at::Tensor> Run(const DeviceBatch& batch, bool fused, double dropout = 0) {
    TransformerConfig config = GetParam().config;
    config.dropout = dropout;
    Transformer model = SmallModel(config);
    model->to(device_);
    if (fused) model->ComputeWith(MakeFusedKernels(device_));
    return Backward(model, batch);
  }

  at::Device device_ = at::kCPU;
  TensorBatch batch_ = SyntheticBatch(/*padded=*/true);
};

INSTANTIATE_TEST_SUITE_P(Models, ModelOnDevice, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST_P(ModelOnDevice, ComputesTheReferencesLossAndGradients) {
  const auto reference = Run(Padded(batch_, device_), /*fused=*/false);
  ExpectNear(Run(Padded(batch_, device_), /*fused=*/true), reference, 1e-3);
  ExpectNear(Run(Packed(batch_, device_), /*fused=*/true), reference, 1e-3);
}

TEST_P(ModelOnDevice, Of16BitsIsNearFloat32) {
  const auto reference = Run(Padded(batch_, device_), /*fused=*/false);
  for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
    const Autocast autocast(at::kCUDA, type);
    ExpectNear(Run(Packed(batch_, device_), /*fused=*/true), reference, 0.1);
  }
}

TEST_P(ModelOnDevice, TheSeedDecidesOverMasksOfFusedOperations) {
  const auto run = [&](int64_t seed) {
    at::manual_seed(seed);
    return Run(Packed(batch_, device_), /*fused=*/true, 0.3)[0].item<double>();
  };
  EXPECT_NEAR(run(5), run(5), 1e-6);
  EXPECT_GT(std::abs(run(5) - run(6)), 1e-4);
}

}  // namespace
}  // namespace ablate
