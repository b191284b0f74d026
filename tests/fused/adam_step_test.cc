#include "model/net/fused/adam_step.h"

#include <ATen/Parallel.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/net/fused/adam_step_kernel.h"
#include "model/net/fused/capability.h"

namespace ablate::fused {
namespace {

const std::vector<std::vector<int64_t>> kShapes = {{37, 24}, {300, 129}, {129}, {1}, {0, 4}, {}};

struct State {
  explicit State(at::ScalarType type) {
    at::manual_seed(3);
    for (const auto& shape : kShapes) {
      parameters.push_back(at::randn(shape, type));
      first.push_back(at::zeros(shape, type));
      second.push_back(at::zeros(shape, type));
    }
  }

  std::vector<at::Tensor> All() const {
    std::vector<at::Tensor> all = parameters;
    all.insert(all.end(), first.begin(), first.end());
    all.insert(all.end(), second.begin(), second.end());
    return all;
  }

  std::vector<at::Tensor> parameters, first, second;
};

std::vector<at::Tensor> RandomGradients(at::ScalarType type) {
  std::vector<at::Tensor> gradients;
  for (const auto& shape : kShapes) gradients.push_back(at::randn(shape, type));
  return gradients;
}

std::vector<GradientParts> Single(const std::vector<at::Tensor>& gradients) {
  std::vector<GradientParts> parts;
  for (const at::Tensor& gradient : gradients) parts.push_back({gradient});
  return parts;
}

// Some rows of a dense gradient, as Embed gives them.
at::Tensor SomeRows(int64_t rows, int64_t width, const std::vector<int64_t>& which,
                    at::ScalarType type) {
  const auto count = static_cast<int64_t>(which.size());
  const at::Tensor values = at::randn({count, width}).to(type);
  const at::Tensor sparse = at::_sparse_coo_tensor_unsafe(at::tensor(which, at::kLong).unsqueeze(0),
                                                          values, {rows, width}, values.options());
  return sparse._coalesced_(true);
}

void ExpectClose(const std::vector<at::Tensor>& actual, const std::vector<at::Tensor>& expected,
                 double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_TRUE(at::allclose(actual[i], expected[i], tolerance, tolerance)) << i;
  }
}

void LibTorchStep(State& state, const std::vector<at::Tensor>& gradients, int64_t update,
                  const AdamSettings& s) {
  std::vector<at::Tensor> counters;
  for (size_t i = 0; i < gradients.size(); ++i) {
    counters.push_back(at::full({}, static_cast<double>(update), at::kFloat));
  }
  const auto step =
      s.decoupled_decay ? &at::_ops::_fused_adamw_::call : &at::_ops::_fused_adam_::call;
  step(state.parameters, gradients, state.first, state.second, {}, counters, s.learning_rate,
       s.beta1, s.beta2, s.weight_decay, s.epsilon, false, false, {}, {});
}

struct Case {
  at::ScalarType type;
  bool decoupled_decay;
  double weight_decay;
};

class AdamStepCases : public testing::TestWithParam<Case> {
 protected:
  AdamSettings settings_{.learning_rate = 2e-3,
                         .beta2 = 0.98,
                         .epsilon = 1e-9,
                         .weight_decay = GetParam().weight_decay,
                         .decoupled_decay = GetParam().decoupled_decay};
  double tolerance_ = GetParam().type == at::kDouble ? 1e-13 : 1e-6;
};

TEST_P(AdamStepCases, EqualsLibTorchOver20ClippedUpdates) {
  State ours(GetParam().type), theirs(GetParam().type);
  for (int64_t update = 1; update <= 20; ++update) {
    std::vector<at::Tensor> gradients = RandomGradients(GetParam().type);
    const double squared = SquaredNorm(Single(gradients));
    const double expected_norm =
        at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients, 2))).item<double>();
    EXPECT_NEAR(std::sqrt(squared), expected_norm, 1e-6 * expected_norm);
    const double clip = ClipCoefficient(squared, 10);
    EXPECT_LT(clip, 1);
    AdamStep(ours.parameters, Single(gradients), ours.first, ours.second, update, settings_, clip);
    at::_foreach_mul_(gradients, clip);
    LibTorchStep(theirs, gradients, update, settings_);
  }
  ExpectClose(ours.All(), theirs.All(), tolerance_);
}

INSTANTIATE_TEST_SUITE_P(Rules, AdamStepCases,
                         testing::Values(Case{at::kFloat, false, 0}, Case{at::kFloat, false, 0.1},
                                         Case{at::kFloat, true, 0.1}, Case{at::kDouble, false, 0.1},
                                         Case{at::kDouble, true, 0.1}));

// Two replicas' parts: dense, rows, none, in float32 and bfloat16.
class PartsTest : public testing::Test {
 protected:
  PartsTest() {
    at::manual_seed(4);
    for (const auto& shape : kShapes) {
      parts_.push_back({at::randn(shape), at::randn(shape).to(at::kBFloat16)});
    }
    parts_[0] = {SomeRows(37, 24, {0, 5, 6, 36}, at::kFloat),
                 SomeRows(37, 24, {5, 7, 20}, at::kBFloat16), at::randn({37, 24})};
    // Chunks begin and end between its rows.
    parts_[1] = {SomeRows(300, 129, {126, 127, 254}, at::kFloat),
                 SomeRows(300, 129, {}, at::kFloat)};
    parts_[2] = {};
    const State shapes(at::kFloat);
    for (size_t i = 0; i < parts_.size(); ++i) {
      at::Tensor sum = at::zeros_like(shapes.parameters[i]);
      for (const at::Tensor& part : parts_[i]) sum += part.to_dense().to(at::kFloat);
      sums_.push_back(sum);
    }
  }

  std::vector<GradientParts> parts_;
  std::vector<at::Tensor> sums_;
};

TEST_F(PartsTest, SumsAreThoseOfDenseTensors) {
  const State shapes(at::kFloat);
  for (size_t i = 0; i < parts_.size(); ++i) {
    const at::Tensor sum = GradientSum(parts_[i], shapes.parameters[i], 0.5);
    EXPECT_TRUE(at::allclose(sum, 0.5 * sums_[i], 1e-6, 1e-7)) << i;
  }
}

TEST_F(PartsTest, NormIsThatOfTheSums) {
  const double expected =
      at::linalg_vector_norm(at::stack(at::_foreach_norm(sums_, 2))).item<double>();
  EXPECT_NEAR(std::sqrt(SquaredNorm(parts_)), expected, 1e-6 * expected);
}

TEST_F(PartsTest, StepIsThatOfTheSums) {
  State of_parts(at::kFloat), of_sums(at::kFloat);
  const AdamSettings settings{.weight_decay = 0.01, .decoupled_decay = true};
  for (int64_t update = 1; update <= 3; ++update) {
    AdamStep(of_parts.parameters, parts_, of_parts.first, of_parts.second, update, settings, 0.3);
    AdamStep(of_sums.parameters, Single(sums_), of_sums.first, of_sums.second, update, settings,
             0.3);
  }
  ExpectClose(of_parts.All(), of_sums.All(), 1e-6);
}

TEST_F(PartsTest, NothingDependsOnTheThreads) {
  const int before = at::get_num_threads();
  std::vector<double> norms;
  std::vector<State> states;
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    norms.push_back(SquaredNorm(parts_));
    State state(at::kFloat);
    AdamStep(state.parameters, parts_, state.first, state.second, 1, {}, 1);
    states.push_back(state);
  }
  at::set_num_threads(before);
  EXPECT_EQ(norms[0], norms[1]);
  ExpectClose(states[0].All(), states[1].All(), 0);
}

TEST_F(PartsTest, CopiesAreTheNewParametersRounded) {
  State state(at::kFloat);
  std::vector<at::Tensor> copies;
  for (const at::Tensor& parameter : state.parameters) {
    copies.push_back(at::empty_like(parameter, at::kBFloat16));
  }
  copies[2] = at::Tensor();
  AdamStep(state.parameters, parts_, state.first, state.second, 1, {}, 1, copies);
  for (size_t i = 0; i < copies.size(); ++i) {
    if (i == 2) continue;
    EXPECT_TRUE(at::equal(copies[i], state.parameters[i].to(at::kBFloat16))) << i;
  }
}

TEST_F(PartsTest, RefusesWhatDoesNotFit) {
  State state(at::kFloat);
  const auto refuses = [&](const std::vector<GradientParts>& parts) {
    EXPECT_THROW(AdamStep(state.parameters, parts, state.first, state.second, 1, {}, 1),
                 c10::Error);
  };
  std::vector<GradientParts> bad = parts_;
  bad.pop_back();
  refuses(bad);
  bad = parts_;
  bad[2] = {at::zeros({128})};
  refuses(bad);
  bad = parts_;
  bad[2] = {at::zeros({129}, at::kDouble)};
  refuses(bad);
  bad = parts_;
  bad[0] = {parts_[0][0]._coalesced_(false)};
  refuses(bad);
}

TEST(ClipCoefficientTest, IsThatOfPyTorch) {
  EXPECT_EQ(ClipCoefficient(100, 0), 1);  // no limit
  EXPECT_EQ(ClipCoefficient(1, 2), 1);    // below it
  EXPECT_DOUBLE_EQ(ClipCoefficient(100, 2), 2 / (10 + 1e-6));
  EXPECT_TRUE(std::isnan(ClipCoefficient(std::numeric_limits<double>::quiet_NaN(), 2)));
}

TEST(AdamKernelsTest, InstructionSetsAgree) {
  at::manual_seed(5);
  constexpr int64_t kSize = 777;
  const at::Tensor gradient = at::randn({kSize}), other = at::randn({kSize}).to(at::kBFloat16);
  const std::vector<PartPointer> parts{{gradient.const_data_ptr(), false},
                                       {other.const_data_ptr(), true}};
  const GradientPiece piece{parts.data(), 2, kSize};
  const AdamScalars scalars{.gradient_scale = 0.5,
                            .coupled_decay = 0.1,
                            .keep = 0.999,
                            .beta1 = 0.9,
                            .beta2 = 0.98,
                            .step_size = 0.01,
                            .inverse_root = 7,
                            .epsilon = 1e-8};
  const auto run = [&](Capability capability) {
    const auto& kernels = ChooseKernels<AdamKernels>(capability).of_float;
    std::vector<at::Tensor> results{at::ones({kSize}), at::zeros({kSize}), at::zeros({kSize})};
    kernels.step(piece,
                 {results[0].mutable_data_ptr<float>(), results[1].mutable_data_ptr<float>(),
                  results[2].mutable_data_ptr<float>(), nullptr},
                 scalars);
    results.push_back(at::full({}, kernels.squared_norm(piece), at::kDouble));
    return results;
  };
  const auto plain = run(Capability::kDefault);
  const Capability best = CapabilityOfThisMachine();
  if (best >= Capability::kAvx2) ExpectClose(run(Capability::kAvx2), plain, 1e-6);
  if (best >= Capability::kAvx512) ExpectClose(run(Capability::kAvx512), plain, 1e-6);
}

}  // namespace
}  // namespace ablate::fused
