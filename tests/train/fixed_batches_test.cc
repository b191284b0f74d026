#include "harness/train/fixed_batches.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "harness/train/batch_stream.h"
#include "model/data/vocabulary_spec.h"
#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

const EncodedSplit& Toy() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(100));
  return corpus.train();
}

struct Gathered {
  DeviceBatch fixed, ordinary;
  FixedShape shape;
};

// A batch of these sentences, in the shape of its rule and as it is.
Gathered Gather(const BatchRule& rule, const std::vector<int64_t>& sentences) {
  BatchStream stream(Toy(), rule, /*seed=*/1);
  const CollationPlan plan{
      .split = Toy(), .rule = rule, .division = {}, .device = at::kCPU, .pin_memory = false};
  ResidentFeed feed(plan, stream);
  Gathered gathered;
  gathered.shape = ShapeFor(Toy(), rule);
  FixedBatches batches(feed.source(), feed.target(), gathered.shape, at::kCPU);
  const Batch batch = MakeBatch(Toy(), rule, sentences);
  batches.Send(batch);
  gathered.fixed = batches.Gather();
  feed.Make(batch);
  gathered.ordinary = feed.ToDevice(0);
  return gathered;
}

void ExpectBeginsWith(const at::Tensor& whole, const at::Tensor& part) {
  EXPECT_TRUE(at::equal(whole.slice(0, 0, part.size(0)).to(part.scalar_type()), part));
}

void ExpectFillers(const at::Tensor& ids, const TokenLayout& layout, const FixedShape& shape,
                   int64_t tokens) {
  const at::Tensor lengths = layout.offsets.diff();
  EXPECT_EQ(lengths.numel(), shape.sentences + shape.fillers);
  EXPECT_EQ(layout.offsets[-1].item<int64_t>(), ids.numel());
  EXPECT_TRUE((ids.slice(0, tokens) == kPad).all().item<bool>());
  const at::Tensor fillers = lengths.slice(0, shape.sentences);
  EXPECT_GE(fillers.min().item<int64_t>(), 1);
  EXPECT_LE(fillers.max().item<int64_t>(), layout.longest);
  EXPECT_LT(layout.positions.max().item<int64_t>(), layout.longest);
}

TEST(FixedBatchesTest, PackedTheyBeginWithTheBatchAndEndWithFillers) {
  const BatchRule rule{.max_tokens = 60, .packed = true};
  for (const std::vector<int64_t>& sentences :
       {std::vector<int64_t>{7, 3, 42}, std::vector<int64_t>{0}, std::vector<int64_t>{99, 98}}) {
    const auto [fixed, ordinary, shape] = Gather(rule, sentences);
    ExpectBeginsWith(fixed.source, ordinary.source);
    ExpectBeginsWith(fixed.target_in, ordinary.target_in);
    ExpectBeginsWith(fixed.target_out, ordinary.target_out);
    ExpectBeginsWith(fixed.source_layout.offsets, ordinary.source_layout.offsets);
    ExpectBeginsWith(fixed.target_layout.offsets, ordinary.target_layout.offsets);
    ExpectBeginsWith(fixed.source_layout.positions, ordinary.source_layout.positions);
    ExpectBeginsWith(fixed.target_layout.positions, ordinary.target_layout.positions);
    ExpectFillers(fixed.source, fixed.source_layout, shape, ordinary.source.numel());
    ExpectFillers(fixed.target_in, fixed.target_layout, shape, ordinary.target_in.numel());
    ExpectFillers(fixed.target_out, fixed.target_layout, shape, ordinary.target_out.numel());
  }
}

TEST(FixedBatchesTest, PaddedTheyBeginWithTheBatchAndCountNothingElse) {
  const BatchRule rule{.batch_size = 5, .source_length = 12, .target_length = 11};
  const auto [fixed, ordinary, shape] = Gather(rule, {7, 3, 42});
  EXPECT_EQ(fixed.source.sizes(), at::IntArrayRef({5, 12}));
  ExpectBeginsWith(fixed.source, ordinary.source);
  ExpectBeginsWith(fixed.target_in, ordinary.target_in);
  ExpectBeginsWith(fixed.target_out, ordinary.target_out);
  EXPECT_TRUE((fixed.target_out.slice(0, 3) == kPad).all().item<bool>());
  EXPECT_TRUE((fixed.source.select(1, 0) != kPad).all().item<bool>());
}

TEST(FixedBatchesTest, ABatchThatDoesNotFitIsAnInternalError) {
  const BatchRule rule{.batch_size = 2, .source_length = 12, .target_length = 11};
  EXPECT_THROW(Gather(rule, {7, 3, 42}), std::logic_error);
}

}  // namespace
}  // namespace ablate
