// The emulated kernels against LibTorch's operations, forward and backward: float64 and float32 to
// their rounding, numbers of 16 bits to theirs, and masks against the CPU's bit for bit.
#include "model/net/cuda/operations.h"

#include "model/net/fused/activation.h"
#include "model/net/fused/embedding.h"
#include "model/net/fused/projection_loss.h"
#include "model/net/fused/residual.h"
#include "tests/cuda/emulation_checks.h"

namespace ablate::cuda {
namespace {

using fused::Distance;
using fused::ExpectClose;
using fused::ExpectSame;
using fused::Random;
using fused::RunAndDifferentiate;

const RowDropout kDropout{0.25, 7};
constexpr double kRounding[] = {1e-10, 1e-5};
constexpr at::ScalarType kTypes[] = {at::kDouble, at::kFloat};
constexpr at::ScalarType kHalves[] = {at::kBFloat16, at::kHalf};

struct Case {
  std::vector<int64_t> rows;
  int64_t columns;
  RowDropout dropout;

  std::vector<int64_t> Sizes(int64_t times = 1) const {
    auto sizes = rows;
    sizes.push_back(times * columns);
    return sizes;
  }
};

// One warp and several; columns that end within an octet, a group of four, a block; none; more rows
// than blocks sum them.
const std::vector<Case> kCases{
    {{1}, 1, kDropout},       {{3}, 64, kDropout}, {{5, 3}, 37, kDropout}, {{300}, 32, {0.1, 1234}},
    {{6}, 516, {0.5, ~0ULL}}, {{2, 3}, 48, {}},    {{0}, 24, kDropout},    {{1100}, 8, kDropout}};

class ResidualOnCuda : public Emulated {};
INSTANTIATE_TEST_SUITE_P(Threads, ResidualOnCuda, BothOrders(), OrderName);

Tensors ResidualInputs(const std::vector<int64_t>& sizes) {
  const int64_t columns = sizes.back();
  return {Random(sizes), Random(sizes), Random({columns}), Random({columns}), Random({columns})};
}

Function AddNorm(const RowDropout& dropout, at::ScalarType normed) {
  return [=](const Tensors& in) -> Tensors {
    const auto out = fused::AddNorm(in[0], in[1], in[2], dropout, {in[3], in[4], 1e-5}, normed);
    return {out.sum, out.normed};
  };
}

Function ComposedAddNorm(const std::vector<int64_t>& sizes, const RowDropout& dropout,
                         at::ScalarType normed) {
  return [=, factors = CpuFactors(sizes, dropout)](const Tensors& in) -> Tensors {
    const at::ScalarType type = in[0].scalar_type();
    const auto sum = in[0] + (in[1].to(type) + in[2]) * factors.to(type);
    return {sum, at::layer_norm(sum, {sizes.back()}, in[3], in[4], 1e-5).to(normed)};
  };
}

TEST_P(ResidualOnCuda, AddNormIsWhatLibTorchComposes) {
  for (size_t t = 0; t < 2; ++t) {
    for (const Case& c : kCases) {
      SCOPED_TRACE(c.columns);
      const auto sizes = c.Sizes();
      const Tensors gradients = As(kTypes[t], {Random(sizes), Random(sizes)});
      ExpectSame(AddNorm(c.dropout, kTypes[t]), ComposedAddNorm(sizes, c.dropout, kTypes[t]),
                 As(kTypes[t], ResidualInputs(sizes)), gradients,
                 // LibTorch's gradient of one column is noise over the root of epsilon, not 0.
                 c.columns == 1 ? 10 * kRounding[t] : kRounding[t]);
    }
  }
}

TEST_P(ResidualOnCuda, ManyColumnsTakeManyWarps) {
  const std::vector<int64_t> sizes{3, 4094};
  ExpectSame(AddNorm(kDropout, at::kFloat), ComposedAddNorm(sizes, kDropout, at::kFloat),
             As(at::kFloat, ResidualInputs(sizes)), As(at::kFloat, {Random(sizes), Random(sizes)}),
             1e-5);
  EXPECT_THROW(fused::Norm(Random({1, 4097}), {Random({4097}), Random({4097})}, at::kDouble),
               c10::Error);
}

TEST_P(ResidualOnCuda, EitherGradientMayBeMissing) {
  const std::vector<int64_t> sizes{20, 37};
  ExpectSame(AddNorm(kDropout, at::kDouble), ComposedAddNorm(sizes, kDropout, at::kDouble),
             ResidualInputs(sizes), {at::Tensor(), Random(sizes)}, 1e-10);
  const Tensors sum_alone{Random(sizes), at::Tensor()};
  const auto ours =
      RunAndDifferentiate(AddNorm(kDropout, at::kDouble), ResidualInputs(sizes), sum_alone);
  EXPECT_FALSE(ours[5].defined() || ours[6].defined());
  EXPECT_TRUE(at::equal(ours[2], sum_alone[0]));
  EXPECT_LE(Distance(ours[3], sum_alone[0] * CpuFactors(sizes, kDropout)), 1e-12);
}

TEST_P(ResidualOnCuda, AddAloneAndNormAlone) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.columns);
    const auto sizes = c.Sizes();
    const auto factors = CpuFactors(sizes, c.dropout);
    for (const bool biased : {false, true}) {
      const auto add = [&](const Tensors& in) -> Tensors {
        return {fused::Add(in[0], in[1], biased ? in[2] : at::Tensor(), c.dropout)};
      };
      const auto composed = [&](const Tensors& in) -> Tensors {
        return {in[0] + (biased ? in[1] + in[2] : in[1]) * factors};
      };
      Tensors inputs{Random(sizes), Random(sizes)};
      if (biased) inputs.push_back(Random({c.columns}));
      ExpectSame(add, composed, inputs, {Random(sizes)}, 1e-10);
    }
    const auto norm = [&](const Tensors& in) -> Tensors {
      return {fused::Norm(in[0], {in[1], in[2], 1e-5}, at::kDouble)};
    };
    const auto composed = [&](const Tensors& in) -> Tensors {
      return {at::layer_norm(in[0], {c.columns}, in[1], in[2], 1e-5)};
    };
    ExpectSame(norm, composed, {Random(sizes), Random({c.columns}), Random({c.columns})},
               {Random(sizes)}, 1e-10);
  }
}

TEST_P(ResidualOnCuda, BranchAndNormMayBeOf16Bits) {
  for (const at::ScalarType branch : {at::kFloat, at::kBFloat16, at::kHalf}) {
    for (const at::ScalarType normed : {at::kFloat, at::kBFloat16, at::kHalf}) {
      const std::vector<int64_t> sizes{30, 52};
      Tensors inputs = As(at::kFloat, ResidualInputs(sizes));
      inputs[1] = inputs[1].to(branch);
      const Tensors gradients{Random(sizes, at::kFloat), Random(sizes, normed)};
      const auto ours = RunAndDifferentiate(AddNorm(kDropout, normed), inputs, gradients);
      const auto composed =
          RunAndDifferentiate(ComposedAddNorm(sizes, kDropout, normed), inputs, gradients);
      for (size_t i = 0; i < ours.size(); ++i) {
        ASSERT_EQ(ours[i].scalar_type(), composed[i].scalar_type()) << i;
        const bool exact = ours[i].scalar_type() == at::kFloat;
        EXPECT_LE(Distance(ours[i], composed[i]), exact ? 1e-5 : 0x1p-8) << i;
      }
    }
  }
}

TEST_P(ResidualOnCuda, MasksAreTheCpusBitForBit) {
  for (const RowDropout& dropout :
       {kDropout, RowDropout{0.1, 0x123456789ABCDEF0}, RowDropout{0.5, ~0ULL}}) {
    for (const int64_t columns : {1, 37, 64, 260}) {
      const std::vector<int64_t> sizes{40, columns};
      const auto zeros = at::zeros(sizes, at::kFloat), ones = at::ones(sizes, at::kFloat);
      EXPECT_TRUE(at::equal(fused::Add(zeros, ones, {}, dropout), CpuFactors(sizes, dropout)));
    }
  }
}

TEST_P(ResidualOnCuda, ACounterOnTheDeviceMovesTheSeedOn) {
  const std::vector<int64_t> sizes{40, 37};
  const auto counter = at::full({1}, 5, at::kLong);
  const auto branch = at::ones(sizes, at::kFloat).requires_grad_();
  const RowDropout dropout{.probability = 0.25, .seed = 7, .counter = counter};
  const auto sum = fused::Add(at::zeros(sizes, at::kFloat), branch, {}, dropout);
  const auto factors = CpuFactors(sizes, {0.25, 12});
  EXPECT_TRUE(at::equal(sum, factors));
  sum.sum().backward();
  EXPECT_TRUE(at::equal(branch.grad(), factors));
  counter.add_(1);
  EXPECT_TRUE(at::equal(fused::Add(at::zeros(sizes, at::kFloat), branch, {}, dropout),
                        CpuFactors(sizes, {0.25, 13})));
}

class ActivationOnCuda : public Emulated {};
INSTANTIATE_TEST_SUITE_P(Threads, ActivationOnCuda, BothOrders(), OrderName);

at::Tensor Activated(const at::Tensor& x, Activation activation) {
  if (activation == Activation::kRelu) return at::relu(x);
  if (activation == Activation::kGelu) return at::gelu(x);
  const auto halves = x.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

Function Activate(Activation activation, const RowDropout& dropout) {
  return [=](const Tensors& in) -> Tensors {
    return {fused::Activate(in[0], in[1], activation, dropout)};
  };
}

Function ComposedActivate(Activation activation, const at::Tensor& factors) {
  return [=](const Tensors& in) -> Tensors {
    const auto x = in[0].to(in[1].scalar_type()) + in[1];
    const auto result = Activated(x, activation) * factors.to(x.scalar_type());
    return {result.to(in[0].scalar_type())};
  };
}

constexpr Activation kActivations[] = {Activation::kRelu, Activation::kGelu, Activation::kSwiGlu};

TEST_P(ActivationOnCuda, IsWhatLibTorchComposes) {
  for (const Activation activation : kActivations) {
    const int64_t halves = activation == Activation::kSwiGlu ? 2 : 1;
    for (size_t t = 0; t < 2; ++t) {
      for (const Case& c : kCases) {
        SCOPED_TRACE(c.columns);
        const auto factors = CpuFactors(c.Sizes(), c.dropout);
        ExpectSame(Activate(activation, c.dropout), ComposedActivate(activation, factors),
                   As(kTypes[t], {Random(c.Sizes(halves)), Random({halves * c.columns})}),
                   As(kTypes[t], {Random(c.Sizes())}), kRounding[t]);
      }
    }
  }
}

TEST_P(ActivationOnCuda, ManyColumnsTakeManyBlocks) {
  const std::vector<int64_t> sizes{2, 2500};
  ExpectSame(Activate(Activation::kGelu, kDropout),
             ComposedActivate(Activation::kGelu, CpuFactors(sizes, kDropout)),
             {Random(sizes), Random({2500})}, {Random(sizes)}, 1e-10);
}

TEST_P(ActivationOnCuda, RowsMayBeOf16Bits) {
  for (const at::ScalarType type : kHalves) {
    for (const Activation activation : kActivations) {
      const int64_t halves = activation == Activation::kSwiGlu ? 2 : 1;
      const std::vector<int64_t> sizes{300, 36};
      const Tensors inputs{Random({300, halves * 36}, type), Random({halves * 36}, at::kFloat)};
      const Tensors gradients{Random(sizes, type)};
      const auto ours = RunAndDifferentiate(Activate(activation, kDropout), inputs, gradients);
      const auto composed = RunAndDifferentiate(
          ComposedActivate(activation, CpuFactors(sizes, kDropout)), inputs, gradients);
      for (size_t i = 0; i < ours.size(); ++i) {
        ASSERT_EQ(ours[i].scalar_type(), composed[i].scalar_type()) << i;
        // The bias's gradient is a sum of numbers that are not rounded, but by the composed one.
        EXPECT_LE(Distance(ours[i], composed[i]), 0x1p-7) << i;
      }
    }
  }
}

class EmbeddingOnCuda : public Emulated {};
INSTANTIATE_TEST_SUITE_P(Threads, EmbeddingOnCuda, BothOrders(), OrderName);

TEST_P(EmbeddingOnCuda, IsWhatLibTorchComposes) {
  constexpr int64_t kPadding = 0;
  for (size_t t = 0; t < 2; ++t) {
    for (const Case& c : kCases) {
      for (const int64_t vocabulary : {3, 1200}) {
        SCOPED_TRACE(c.columns);
        const auto ids = at::randint(vocabulary, c.rows, at::kLong);
        const auto position_of = at::randint(9, c.rows, at::kLong);
        const auto positions = Random({9, c.columns}, kTypes[t]);
        const auto factors = CpuFactors(c.Sizes(), c.dropout).to(kTypes[t]);
        const auto ours = [&](const Tensors& in) -> Tensors {
          return {fused::Embed(in[0], ids, position_of, positions, 3, kPadding, c.dropout, false)};
        };
        const auto composed = [&](const Tensors& in) -> Tensors {
          const auto rows = at::embedding(in[0], ids, kPadding) * 3;
          return {(rows + at::embedding(positions, position_of)) * factors};
        };
        ExpectSame(ours, composed, {Random({vocabulary, c.columns}, kTypes[t])},
                   {Random(c.Sizes(), kTypes[t])}, kRounding[t]);
      }
    }
  }
}

// Of these ids, in any order of tokens: padding over a border of parts, one that ends at it, one
// that begins at it and fills the part, one that goes on over a whole one, and one alone.
TEST_P(EmbeddingOnCuda, SumsRunsOverTheBordersOfParts) {
  std::vector<int64_t> ids;
  const auto add = [&](int64_t id, int64_t times) { ids.insert(ids.end(), times, id); };
  add(0, kEmbeddingPart + 3);
  add(1, kEmbeddingPart - 3);
  add(2, kEmbeddingPart);
  add(3, 5);
  add(4, 2 * kEmbeddingPart);
  add(5, 1);
  constexpr int64_t kPadding = 0, kColumns = 24;
  const auto tokens = static_cast<int64_t>(ids.size());
  const auto mixed = at::tensor(ids, at::kLong).index_select(0, at::randperm(tokens));
  const auto position_of = at::zeros({tokens}, at::kLong);
  const auto positions = Random({1, kColumns}, at::kDouble);
  const auto ours = [&](const Tensors& in) -> Tensors {
    return {fused::Embed(in[0], mixed, position_of, positions, 3, kPadding, {}, false)};
  };
  const auto composed = [&](const Tensors& in) -> Tensors {
    return {at::embedding(in[0], mixed, kPadding) * 3 + positions};
  };
  ExpectSame(ours, composed, {Random({6, kColumns}, at::kDouble)},
             {Random({tokens, kColumns}, at::kDouble)}, kRounding[0]);
}

class ProjectionLossOnCuda : public Emulated {};
INSTANTIATE_TEST_SUITE_P(Threads, ProjectionLossOnCuda, BothOrders(), OrderName);

constexpr int64_t kIgnored = 0;
constexpr double kSmoothing = 0.1, kScale = 0.25;

Function Loss(const at::Tensor& targets, double smoothing = kSmoothing) {
  return [=](const Tensors& in) -> Tensors {
    return {fused::ProjectionLoss(in[0], in[1], in[2], targets, kIgnored, smoothing, kScale)};
  };
}

Function ComposedLoss(const at::Tensor& targets, double smoothing = kSmoothing) {
  return [=](const Tensors& in) -> Tensors {
    const at::ScalarType sum = in[2].scalar_type();
    const auto logits = at::linear(in[0].to(sum), in[1].to(sum), in[2]).flatten(0, -2);
    return {kScale * at::cross_entropy_loss(logits, targets.flatten(), {}, at::Reduction::Sum,
                                            kIgnored, smoothing)};
  };
}

Tensors LossInputs(const std::vector<int64_t>& rows, int64_t vocabulary) {
  auto sizes = rows;
  sizes.push_back(24);
  return {Random(sizes), Random({vocabulary, 24}) * 0.3, Random({vocabulary})};
}

TEST_P(ProjectionLossOnCuda, IsWhatLibTorchComposes) {
  for (size_t t = 0; t < 2; ++t) {
    for (const int64_t vocabulary : {2, 53, 1000, 1003}) {
      for (const auto& rows : std::vector<std::vector<int64_t>>{{7}, {3, 4}, {0}}) {
        for (const double smoothing : {0.0, kSmoothing}) {
          SCOPED_TRACE(vocabulary);
          const auto targets = at::randint(vocabulary, rows, at::kLong);  // some are ignored
          const Tensors upstream{at::full({}, 3, kTypes[t])};
          ExpectSame(Loss(targets, smoothing), ComposedLoss(targets, smoothing),
                     As(kTypes[t], LossInputs(rows, vocabulary)), upstream, kRounding[t]);
        }
      }
    }
  }
}

TEST_P(ProjectionLossOnCuda, SeveralBlocksOfLogitsAreAsOne) {
  constexpr int64_t kRows = 20, kVocabulary = 103;
  const at::NoGradGuard no_grad;
  const auto targets = at::randint(kVocabulary, {kRows}, at::kLong);
  for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kBFloat16, at::kHalf}) {
    Tensors in = As(type, LossInputs({kRows}, kVocabulary));
    if (type != at::kDouble) in[2] = in[2].to(at::kFloat);
    const auto run = [&](int64_t rows_of_block) -> Tensors {
      const auto bytes = static_cast<int64_t>(rows_of_block * kVocabulary * c10::elementSize(type));
      const auto made =
          ProjectionLoss(in[0], in[1], in[2], targets, kIgnored,
                         {kSmoothing, kScale, /*need_hidden=*/true, /*need_weight=*/true,
                          /*need_bias=*/true},
                         bytes);
      return {made.loss, made.hidden, made.weight, made.bias};
    };
    const double rounding = type == at::kDouble ? 1e-12 : type == at::kFloat ? 1e-5 : 0x1p-7;
    for (const int64_t rows : {7, 1}) ExpectClose(run(rows), run(kRows), rounding);
  }
}

TEST_P(ProjectionLossOnCuda, LogitsMayBeOf16Bits) {
  for (const at::ScalarType type : kHalves) {
    const auto targets = at::randint(1003, {40}, at::kLong);
    Tensors inputs = As(type, LossInputs({40}, 1003));
    inputs[2] = inputs[2].to(at::kFloat);
    // A loss scale as of float16.
    const Tensors upstream{at::full({}, 1024, at::kFloat)};
    const auto ours = RunAndDifferentiate(Loss(targets), inputs, upstream);
    const auto composed = RunAndDifferentiate(ComposedLoss(targets), inputs, upstream);
    for (size_t i = 0; i < ours.size(); ++i) {
      ASSERT_EQ(ours[i].scalar_type(), composed[i].scalar_type()) << i;
      const at::Tensor mine = ours[i].to(at::kDouble), theirs = composed[i].to(at::kDouble);
      EXPECT_LE(((mine - theirs).norm() / theirs.norm()).item<double>(), 0.02) << i;
    }
  }
}

// As 1 / tokens and float16 would else.
TEST_P(ProjectionLossOnCuda, SmallGradientsOfFloat16DoNotVanish) {
  constexpr double kTokens = 1 << 20;
  const auto targets = at::randint(1, 1003, {8}, at::kLong);
  Tensors inputs = As(at::kHalf, LossInputs({8}, 1003));
  inputs[2] = inputs[2].to(at::kFloat);
  const auto run = [&](double scale, double upstream) {
    const auto loss = [&](const Tensors& in) -> Tensors {
      return {fused::ProjectionLoss(in[0], in[1], in[2], targets, kIgnored, kSmoothing, scale)};
    };
    return RunAndDifferentiate(loss, inputs, {at::full({}, upstream, at::kFloat)});
  };
  const auto scaled = run(1 / kTokens, kTokens), plain = run(1, 1);
  for (size_t i = 1; i < scaled.size(); ++i) EXPECT_TRUE(at::equal(scaled[i], plain[i])) << i;
}

TEST_P(ProjectionLossOnCuda, ATargetThatIsNoIdIsSeenInTheLoss) {
  const auto targets = at::tensor({1, 53, 2}, at::kLong);
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(Loss(targets)(LossInputs({3}, 53))[0].isnan().item<bool>());
}

}  // namespace
}  // namespace ablate::cuda
