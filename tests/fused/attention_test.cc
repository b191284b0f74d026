#include "model/net/fused/attention.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "model/net/fused/attention_kernel.h"
#include "model/net/fused/capability.h"

namespace ablate::fused {
namespace {

using Lengths = std::vector<int64_t>;

// Sequences one after the other, `gap` rows of none before each and at the end.
Sequences Lay(const Lengths& lengths, int64_t gap) {
  const auto count = static_cast<int64_t>(lengths.size());
  Sequences sequences{at::empty({count}, at::kLong), at::empty({count}, at::kLong)};
  int64_t row = gap;
  for (int64_t b = 0; b < count; ++b) {
    sequences.first[b] = row;
    sequences.length[b] = lengths[static_cast<size_t>(b)];
    row += lengths[static_cast<size_t>(b)] + gap;
  }
  return sequences;
}

int64_t RowsOf(const Lengths& lengths, int64_t gap) {
  return std::accumulate(lengths.begin(), lengths.end(), gap) +
         gap * static_cast<int64_t>(lengths.size());
}

// No lengths of keys: self-attention.
struct Case {
  std::string name;
  Lengths queries, keys;
  int64_t heads, head_width;
  bool causal;
  double dropout;
  int64_t gap;

  bool self() const { return keys.empty(); }
  const Lengths& key_lengths() const { return self() ? queries : keys; }
  AttentionOptions Options() const { return {heads, causal, dropout, /*seed=*/0xABCDEF0123456789}; }
  Sequences QuerySequences() const { return Lay(queries, gap); }
  Sequences KeySequences() const { return Lay(key_lengths(), gap); }
};

// [rows, 3HK] alone, or [rows, HK] and [rows, 2HK].
using Tensors = std::vector<at::Tensor>;

Tensors Random(const Case& c, at::ScalarType type = at::kDouble) {
  at::manual_seed(3);
  const int64_t width = c.heads * c.head_width;
  const auto rows = [&](const Lengths& lengths, int64_t parts) {
    return at::randn({RowsOf(lengths, c.gap), parts * width}, at::kDouble).to(type);
  };
  if (c.self()) return {rows(c.queries, 3)};
  return {rows(c.queries, 1), rows(c.keys, 2)};
}

at::Tensor Fused(const Case& c, const Tensors& in) {
  if (c.self()) return SelfAttention(in[0], c.QuerySequences(), c.Options());
  return CrossAttention(in[0], in[1], c.QuerySequences(), c.KeySequences(), c.Options());
}

// What a query of each sequence sees: [queries, keys].
at::Tensor Visible(const Case& c, int64_t queries, int64_t keys) {
  const at::Tensor all = at::ones({queries, keys}, at::kDouble);
  return c.causal ? all.tril() : all;
}

// Dropout's factors, [sequence][H, queries, keys], read off uniform probabilities of values that
// are unit vectors.
Tensors FactorsOf(const Case& c) {
  Case wide = c;
  wide.keys = c.key_lengths();
  wide.head_width = *std::max_element(wide.keys.begin(), wide.keys.end());
  Tensors in = Random(wide);
  in[0].zero_();
  in[1].zero_();
  const Sequences queries = wide.QuerySequences(), keys = wide.KeySequences();
  const int64_t width = wide.heads * wide.head_width;
  for (size_t b = 0; b < wide.keys.size(); ++b) {
    const auto at = static_cast<int64_t>(b);
    const at::Tensor values = in[1]
                                  .narrow(0, keys.first[at].item<int64_t>(), wide.keys[b])
                                  .narrow(1, width, width)
                                  .view({wide.keys[b], wide.heads, wide.head_width});
    values.narrow(2, 0, wide.keys[b]).copy_(at::eye(wide.keys[b], at::kDouble).unsqueeze(1));
  }
  const at::Tensor out = Fused(wide, in);
  Tensors factors;
  for (size_t b = 0; b < wide.keys.size(); ++b) {
    const at::Tensor seen = Visible(c, wide.queries[b], wide.keys[b]).sum(1).view({1, -1, 1});
    const int64_t first = queries.first[static_cast<int64_t>(b)].item<int64_t>();
    factors.push_back(out.narrow(0, first, wide.queries[b])
                          .view({wide.queries[b], wide.heads, wide.head_width})
                          .transpose(0, 1)
                          .narrow(2, 0, wide.keys[b]) *
                      seen);
  }
  return factors;
}

// The same of plain operations.
at::Tensor Composed(const Case& c, const Tensors& in, const Tensors& factors) {
  const int64_t width = c.heads * c.head_width;
  const at::Tensor query = in[0].narrow(1, 0, width);
  const at::Tensor key_value = c.self() ? in[0].narrow(1, width, 2 * width) : in[1];
  const Sequences queries = c.QuerySequences(), keys = c.KeySequences();
  at::Tensor out = at::zeros_like(query);
  for (size_t b = 0; b < c.queries.size(); ++b) {
    const auto at = static_cast<int64_t>(b);
    const int64_t count = c.queries[b], key_count = c.key_lengths()[b];
    const int64_t first = queries.first[at].item<int64_t>();
    const auto heads = [&](const at::Tensor& rows, int64_t part) {
      return rows.narrow(1, part * width, width)
          .view({rows.size(0), c.heads, c.head_width})
          .transpose(0, 1);
    };
    const at::Tensor of_keys = key_value.narrow(0, keys.first[at].item<int64_t>(), key_count);
    const at::Tensor scores =
        at::matmul(heads(query.narrow(0, first, count), 0), heads(of_keys, 0).transpose(1, 2)) /
        std::sqrt(static_cast<double>(c.head_width));
    const at::Tensor hidden = Visible(c, count, key_count) == 0;
    const at::Tensor probabilities =
        at::softmax(scores.masked_fill(hidden, -std::numeric_limits<double>::infinity()), -1);
    const at::Tensor result = at::matmul(probabilities * factors[b], heads(of_keys, 1));
    out = at::slice_scatter(out, result.transpose(0, 1).reshape({count, width}), 0, first,
                            first + count);
  }
  return out;
}

// The result, then the gradients of the inputs.
using Function = std::function<at::Tensor(const Tensors&)>;
Tensors Evaluate(const Function& function, const Tensors& inputs) {
  Tensors leaves;
  for (const at::Tensor& input : inputs) leaves.push_back(input.detach().requires_grad_());
  const at::Tensor result = function(leaves);
  at::manual_seed(4);
  const at::Tensor upstream = at::randn(result.sizes(), at::kDouble).to(result.scalar_type());
  Tensors results{result.detach()};
  for (const at::Tensor& gradient : torch::autograd::grad({result}, leaves, {upstream})) {
    results.push_back(gradient);
  }
  return results;
}
Tensors EvaluateFused(const Case& c, const Tensors& inputs) {
  return Evaluate([&](const Tensors& in) { return Fused(c, in); }, inputs);
}

Tensors As(const Tensors& tensors, at::ScalarType type) {
  Tensors converted;
  for (const at::Tensor& tensor : tensors) converted.push_back(tensor.to(type));
  return converted;
}

// Of the largest element.
void ExpectClose(const Tensors& actual, const Tensors& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].sizes(), expected[i].sizes()) << i;
    if (actual[i].numel() == 0) continue;
    const at::Tensor error = (actual[i].to(at::kDouble) - expected[i].to(at::kDouble)).abs().max();
    const at::Tensor size = expected[i].to(at::kDouble).abs().max();
    EXPECT_LE(error.item<double>(), tolerance * size.item<double>()) << "result " << i;
  }
}

class AttentionCases : public testing::TestWithParam<Case> {
 protected:
  Tensors EvaluateComposed(const Tensors& inputs) const {
    const Tensors factors = FactorsOf(GetParam());
    return Evaluate([&](const Tensors& in) { return Composed(GetParam(), in, factors); }, inputs);
  }

  Tensors inputs_ = Random(GetParam());
};

TEST_P(AttentionCases, EqualsComposedInFloat64) {
  ExpectClose(EvaluateFused(GetParam(), inputs_), EvaluateComposed(inputs_), 1e-12);
}

TEST_P(AttentionCases, Float32IsCloseToFloat64) {
  const Tensors narrow = As(inputs_, at::kFloat);
  ExpectClose(EvaluateFused(GetParam(), narrow), EvaluateComposed(As(narrow, at::kDouble)), 1e-5);
}

// Inputs and results alone are rounded.
TEST_P(AttentionCases, Bfloat16IsFloat32Rounded) {
  const Tensors narrow = As(inputs_, at::kBFloat16);
  const Tensors actual = EvaluateFused(GetParam(), narrow);
  for (const at::Tensor& result : actual) EXPECT_EQ(result.scalar_type(), at::kBFloat16);
  Tensors wide = As(narrow, at::kFloat);
  const Tensors expected =
      Evaluate([&](const Tensors& in) { return Fused(GetParam(), in).to(at::kBFloat16); }, wide);
  ExpectClose(actual, expected, 1.0 / 256);
}

TEST_P(AttentionCases, DoesNotDependOnTheThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Tensors one = EvaluateFused(GetParam(), inputs_);
  at::set_num_threads(2);
  const Tensors two = EvaluateFused(GetParam(), inputs_);
  at::set_num_threads(before);
  ExpectClose(two, one, 0);
}

const Case kCases[] = {
    {"OneToken", {1}, {}, 1, 3, false, 0, 0},
    {"Usual", {14, 9, 16, 3, 17, 14}, {}, 2, 64, false, 0, 0},
    {"UsualWithDropout", {14, 9, 16, 3, 17, 14}, {}, 2, 64, false, 0.1, 0},
    {"Causal", {14, 1, 33, 70, 32}, {}, 3, 16, true, 0.2, 0},
    {"Gaps", {5, 0, 31}, {}, 2, 24, false, 0.3, 3},
    {"OddWidths", {65, 2, 40}, {}, 3, 7, true, 0.5, 1},
    {"WideHeads", {20, 50}, {}, 1, 100, false, 0.1, 0},
    {"ManyPanels", {37}, {}, 2, 200, true, 0.1, 0},
    {"Cross", {14, 7, 40, 0}, {9, 21, 3, 2}, 2, 64, false, 0.1, 0},
    {"CrossGaps", {1, 33}, {130, 1}, 4, 5, false, 0.4, 2},
    {"CausalCross", {40, 3}, {20, 9}, 2, 8, true, 0.1, 0},
    {"Long", {300}, {}, 1, 32, true, 0.1, 0},
};
INSTANTIATE_TEST_SUITE_P(Of, AttentionCases, testing::ValuesIn(kCases),
                         [](const auto& c) { return c.param.name; });

TEST(AttentionTest, GradientsAreNumericalOnes) {
  const Case c{"", {4, 2}, {3, 5}, 2, 3, false, 0.3, 0};
  const Tensors inputs = Random(c);
  at::manual_seed(4);
  const at::Tensor upstream = at::randn({6, 6}, at::kDouble);
  const Tensors results = EvaluateFused(c, inputs);
  const auto loss = [&] { return (Fused(c, inputs) * upstream).sum().item<double>(); };
  constexpr double kStep = 1e-5;
  for (size_t leaf = 0; leaf < inputs.size(); ++leaf) {
    const at::Tensor values = inputs[leaf].view(-1), gradients = results[leaf + 1].reshape(-1);
    for (int64_t i = 0; i < values.numel(); ++i) {
      const double value = values[i].item<double>();
      values[i] = value + kStep;
      const double above = loss();
      values[i] = value - kStep;
      const double below = loss();
      values[i] = value;
      EXPECT_NEAR(gradients[i].item<double>(), (above - below) / (2 * kStep), 1e-8);
    }
  }
}

// As close to the stated probability as a binomial count is, 5 deviations; 0 or 1 / (1 - p).
TEST(AttentionTest, DropsAtTheStatedRate) {
  for (const double dropout : {0.1, 0.5}) {
    const Case c{"", Lengths(30, 40), {}, 4, 8, false, dropout, 0};
    const at::Tensor factors = at::stack(FactorsOf(c));
    const auto count = static_cast<double>(factors.numel());
    const double dropped = (factors == 0).sum().item<double>() / count;
    EXPECT_NEAR(dropped, dropout, 5 * std::sqrt(dropout * (1 - dropout) / count) + 1.0 / 131072);
    const at::Tensor kept = factors.masked_select(factors != 0);
    EXPECT_LT((kept - 1 / (1 - dropout)).abs().max().item<double>(), 1e-4);
  }
}

TEST(AttentionTest, MasksDifferBetweenHeadsSequencesAndSeeds) {
  const Case c{"", {40, 40}, {}, 2, 8, false, 0.5, 0};
  const Tensors factors = FactorsOf(c);
  EXPECT_FALSE(at::equal(factors[0][0], factors[0][1]));
  EXPECT_FALSE(at::equal(factors[0][0], factors[1][0]));
  EXPECT_FALSE(at::equal(factors[0][0].narrow(0, 0, 8), factors[0][0].narrow(0, 32, 8)));
  const Tensors in = Random(c);
  const auto with_seed = [&](uint64_t seed) {
    return SelfAttention(in[0], c.QuerySequences(), {2, false, 0.5, seed});
  };
  EXPECT_TRUE(at::equal(with_seed(1), with_seed(1)));
  EXPECT_FALSE(at::equal(with_seed(1), with_seed(2)));
}

// Where PyTorch has an operation for it.
TEST(AttentionTest, EqualsPyTorchOnThousandsOfTokens) {
  constexpr int64_t kLength = 2500, kHeads = 2, kWidth = 16;
  const Case c{"", {kLength}, {}, kHeads, kWidth, true, 0, 0};
  const Function pytorch = [&](const Tensors& in) {
    const Tensors parts =
        in[0].view({1, kLength, 3, kHeads, kWidth}).permute({2, 0, 3, 1, 4}).unbind();
    return at::scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0, true)
        .transpose(1, 2)
        .reshape({kLength, kHeads * kWidth});
  };
  const Tensors inputs = Random(c, at::kDouble);
  ExpectClose(EvaluateFused(c, inputs), Evaluate(pytorch, inputs), 1e-12);
}

TEST(AttentionTest, WithoutGradientsIsTheSame) {
  const Case c{"", {9, 12}, {}, 2, 8, false, 0.1, 0};
  const Tensors inputs = Random(c, at::kFloat);
  const at::Tensor without = Fused(c, inputs);
  EXPECT_FALSE(without.requires_grad());
  EXPECT_TRUE(at::equal(without, EvaluateFused(c, inputs)[0]));
}

TEST(AttentionTest, KeepsTheShapeOfRows) {
  const Case c{"", {6, 6}, {}, 2, 8, false, 0, 0};
  const Tensors inputs = Random(c);
  const Tensors shaped{inputs[0].view({2, 6, 48})};
  const Tensors results = EvaluateFused(c, shaped);
  EXPECT_EQ(results[0].sizes(), at::IntArrayRef({2, 6, 16}));
  EXPECT_EQ(results[1].sizes(), shaped[0].sizes());
  EXPECT_TRUE(at::equal(results[0].view({12, 16}), Fused(c, inputs)));
}

TEST(AttentionTest, TakesInputsThatAreNotContiguous) {
  const Case c{"", {6, 5}, {}, 2, 8, false, 0.1, 0};
  const Tensors inputs = Random(c);
  const Tensors strided{at::empty_strided({11, 48}, {1, 11}, at::kDouble).copy_(inputs[0])};
  ExpectClose(EvaluateFused(c, strided), EvaluateFused(c, inputs), 0);
}

TEST(AttentionTest, OrderOfSequencesIsFree) {
  const Sequences sorted = Lay({5, 7, 3}, 0);
  const at::Tensor order = torch::tensor({2, 0, 1});
  const at::Tensor in = at::randn({15, 48}, at::kDouble);
  const AttentionOptions options{.heads = 2};
  const at::Tensor shuffled =
      SelfAttention(in, {sorted.first.index({order}), sorted.length.index({order})}, options);
  EXPECT_TRUE(at::equal(shuffled, SelfAttention(in, sorted, options)));
}

// As in a beam search: hypotheses of a source.
TEST(AttentionTest, SequencesOfKeysMayBeSharedWhereNothingIsDifferentiated) {
  const at::Tensor query = at::randn({4, 16}), key_value = at::randn({6, 32});
  const Sequences queries = Lay({1, 1, 1, 1}, 0);
  const Sequences keys{torch::tensor({0, 0, 4, 4}), torch::tensor({4, 4, 2, 2})};
  const at::Tensor shared = CrossAttention(query, key_value, queries, keys, {.heads = 2});
  const at::Tensor rows = torch::tensor({0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 4, 5});
  EXPECT_TRUE(at::equal(shared, CrossAttention(query, key_value.index_select(0, rows), queries,
                                               Lay({4, 4, 2, 2}, 0), {.heads = 2})));
  EXPECT_THROW(CrossAttention(query, key_value.requires_grad_(), queries, keys, {.heads = 2}),
               c10::Error);
}

TEST(AttentionTest, RowsOfNoSequenceAreNotReadAndGiveZeros) {
  const Case c{"", {5, 40}, {}, 2, 8, false, 0.1, 2};
  Tensors inputs = Random(c);
  const Tensors clean = EvaluateFused(c, inputs);
  const at::Tensor outside = torch::tensor({0, 1, 7, 8, 49, 50});
  inputs[0].index_fill_(0, outside, std::numeric_limits<double>::quiet_NaN());
  const Tensors results = EvaluateFused(c, inputs);
  ExpectClose(results, clean, 0);
  for (const at::Tensor& result : results) {
    EXPECT_EQ(result.index_select(0, outside).abs().sum().item<double>(), 0);
  }
}

TEST(AttentionTest, StandsScoresThatOverflowExponentials) {
  const Case c{"", {14, 40}, {}, 2, 64, false, 0, 0};
  const Tensors inputs{Random(c, at::kFloat)[0] * 30};
  const Tensors factors{at::ones({1}, at::kDouble), at::ones({1}, at::kDouble)};
  const auto expected = Evaluate([&](const Tensors& in) { return Composed(c, in, factors); },
                                 As(inputs, at::kDouble));
  const Tensors actual = EvaluateFused(c, inputs);
  ExpectClose({actual[0]}, {expected[0]}, 1e-3);  // scores of thousands are off by 1e-4
  EXPECT_TRUE(actual[1].isfinite().all().item<bool>());
}

TEST(AttentionTest, NanIsNotSwallowed) {
  const Case c{"", {14}, {}, 1, 16, false, 0, 0};
  for (const int64_t column : {0, 16, 32}) {  // a query's, a key's, a value's
    Tensors inputs = Random(c, at::kFloat);
    inputs[0][3][column] = std::numeric_limits<float>::quiet_NaN();
    const at::Tensor bad = Fused(c, inputs).isnan().any(1);
    EXPECT_EQ(bad.sum().item<int64_t>(), column == 0 ? 1 : 14) << column;
  }
}

// Those that this machine has.
TEST(AttentionTest, InstructionSetsAgree) {
  constexpr int64_t kHeads = 2, kWidth = 40, kRows = 54;
  const Sequences sequences = Lay({14, 40}, 0);
  at::manual_seed(5);
  const at::Tensor in = at::randn({kRows, 3 * kHeads * kWidth});
  const at::Tensor upstream = at::randn({kRows, kHeads * kWidth});
  const auto run = [&](Capability capability) {
    Tensors results{at::empty({kRows, kHeads * kWidth}), at::empty_like(in)};
    at::Tensor log_sums = at::empty({kRows, kHeads});
    const SequenceRows rows{sequences.first.const_data_ptr<int64_t>(),
                            sequences.length.const_data_ptr<int64_t>()};
    constexpr int64_t kColumns = kHeads * kWidth;
    const float* const from = in.const_data_ptr<float>();
    const AttentionInputs<float> inputs{.heads = kHeads,
                                        .head_width = kWidth,
                                        .causal = true,
                                        .mask = {7, 20000, 1.4F},
                                        .queries = rows,
                                        .keys = rows,
                                        .query = {from, 3 * kColumns},
                                        .key = {from + kColumns, 3 * kColumns},
                                        .value = {from + 2 * kColumns, 3 * kColumns}};
    at::Tensor scratch = at::zeros({AttentionScratch(kWidth, 40)});
    at::Tensor factors = at::zeros({AttentionFactors(40)});
    const auto& kernels = std::get<0>(ChooseKernels<AttentionKernels>(capability).of);
    float* const to = results[1].mutable_data_ptr<float>();
    kernels.forward({inputs,
                     {results[0].mutable_data_ptr<float>(), kColumns},
                     log_sums.mutable_data_ptr<float>()},
                    0, 2 * kHeads, scratch.mutable_data_ptr<float>(),
                    factors.mutable_data_ptr<float>());
    kernels.backward({inputs,
                      log_sums.const_data_ptr<float>(),
                      {upstream.const_data_ptr<float>(), kColumns},
                      {to, 3 * kColumns},
                      {to + kColumns, 3 * kColumns},
                      {to + 2 * kColumns, 3 * kColumns}},
                     0, 2 * kHeads, scratch.mutable_data_ptr<float>(),
                     factors.mutable_data_ptr<float>());
    results.push_back(log_sums);
    return results;
  };
  const Tensors plain = run(Capability::kDefault);
  const Capability best = CapabilityOfThisMachine();
  if (best >= Capability::kAvx2) ExpectClose(run(Capability::kAvx2), plain, 1e-5);
  if (best >= Capability::kAvx512) ExpectClose(run(Capability::kAvx512), plain, 1e-5);
}

TEST(AttentionTest, RefusesWhatItCannotDo) {
  const at::Tensor in = at::randn({10, 48});
  const auto numbers = [](std::vector<int64_t> values) { return torch::tensor(values); };
  const auto refuses = [&](const Sequences& sequences, const AttentionOptions& options) {
    EXPECT_THROW(SelfAttention(in, sequences, options), c10::Error);
  };
  const Sequences good = Lay({4, 6}, 0);
  refuses({numbers({0, 4}), numbers({4, 7})}, {.heads = 2});   // beyond the rows
  refuses({numbers({-1, 4}), numbers({4, 6})}, {.heads = 2});  // before them
  refuses({numbers({0, 4}), numbers({5, 6})}, {.heads = 2});   // shared rows
  refuses({numbers({4, 0}), numbers({6, 5})}, {.heads = 2});   // likewise, in another order
  refuses({numbers({0, 4}), numbers({4})}, {.heads = 2});
  refuses({good.first.to(at::kInt), good.length}, {.heads = 2});
  refuses(good, {.heads = 3});
  refuses(good, {.heads = 0});
  refuses(good, {.heads = 2, .dropout = 1});
  EXPECT_THROW(SelfAttention(in.to(at::kHalf), good, {.heads = 2}), c10::Error);
  const at::Tensor query = at::randn({10, 16}), key_value = at::randn({10, 32});
  EXPECT_THROW(CrossAttention(query, key_value, good, Lay({10, 0}, 0), {.heads = 2}), c10::Error);
  EXPECT_THROW(CrossAttention(query, key_value, good, Lay({10}, 0), {.heads = 2}), c10::Error);
  EXPECT_THROW(CrossAttention(query, in, good, good, {.heads = 2}), c10::Error);
  EXPECT_THROW(CrossAttention(query, key_value.to(at::kDouble), good, good, {.heads = 2}),
               c10::Error);
}

TEST(AttentionTest, SecondBackwardSaysThatThereIsNone) {
  const at::Tensor in = at::randn({10, 48}).requires_grad_();
  const at::Tensor sum = SelfAttention(in, Lay({4, 6}, 0), {.heads = 2}).sum();
  EXPECT_THROW(torch::autograd::grad({sum}, {in}, {}, true, /*create_graph=*/true), c10::Error);
  sum.backward();
  EXPECT_THROW(sum.backward(), std::exception);
}

}  // namespace
}  // namespace ablate::fused
