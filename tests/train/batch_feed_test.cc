#include "harness/train/batch_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/train/toy_corpus.h"

namespace ablate {
namespace {

constexpr int64_t kPairs = 61;  // the last batch of an epoch is smaller

const EncodedSplit& Split() {
  static const EncodedCorpus corpus = EncodedCorpus::Map(testing::WriteToyCorpus(kPairs));
  return corpus.train();
}

struct Level {
  std::string name;
  Loading loading;
};

void PrintTo(const Level& level, std::ostream* out) { *out << level.name; }

std::vector<Level> AllLevels() {
  return {{"inline", {}},
          {"unpinned", {.pin_memory = false}},
          {"one_worker", {.workers = 1, .prefetch = 1}},
          {"workers", {.workers = 4, .prefetch = 3}},
          {"resident", {.resident = true}}};
}

// A stream and the feed that it belongs to.
class Fed {
 public:
  Fed(const Loading& loading, const Division& division, const BatchRule& rule,
      at::Device device = at::kCPU)
      : stream_(Split(), rule, /*seed=*/5),
        feed_(MakeBatchFeed(loading, division, Split(), stream_, device)) {}

  BatchFeed* operator->() { return feed_.get(); }
  BatchFeed& operator*() { return *feed_; }
  // The stream's, once the feed has ended.
  Batch EndAndTakeNextBatch() {
    feed_.reset();
    return stream_.Next();
  }

 private:
  BatchStream stream_;
  std::unique_ptr<BatchFeed> feed_;
};

class BatchFeedTest : public ::testing::TestWithParam<Level> {};

std::string NameOf(const ::testing::TestParamInfo<Level>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Levels, BatchFeedTest, ::testing::ValuesIn(AllLevels()), NameOf);

at::Tensor Ids(const std::vector<int64_t>& ids, const CollatedBatch& batch) {
  const at::Tensor all = at::tensor(ids, at::kLong);
  return batch.packed ? all : all.view({batch.rows, -1});
}

void ExpectPacked(const TokenLayout& layout, const std::vector<int64_t>& lengths, int64_t tokens) {
  EXPECT_TRUE(layout.packed);
  const at::Tensor end = at::tensor(lengths, at::kLong).cumsum(0);
  EXPECT_TRUE(at::equal(layout.offsets.slice(0, 1).cpu().to(at::kLong), end));
  EXPECT_EQ(layout.positions.numel(), tokens);
}

void ExpectAsCollated(const DeviceBatch& batch, const CollatedBatch& collated) {
  EXPECT_EQ(batch.source.scalar_type(), at::kLong);
  EXPECT_TRUE(batch.source.is_contiguous());
  EXPECT_TRUE(at::equal(batch.source.cpu(), Ids(collated.source, collated)));
  EXPECT_TRUE(at::equal(batch.target_in.cpu(), Ids(collated.target_in, collated)));
  EXPECT_TRUE(at::equal(batch.target_out.cpu(), Ids(collated.target_out, collated)));
  if (!collated.packed) {
    EXPECT_EQ(batch.source_layout.mask.has_value(), collated.source_padded);
    return;
  }
  ExpectPacked(batch.source_layout, collated.source_lengths, std::ssize(collated.source));
  ExpectPacked(batch.target_layout, collated.target_lengths, std::ssize(collated.target_in));
}

// All micro-batches are asked for before any is looked at, as an update may.
void ExpectShare(BatchFeed& feed, const UpdateShare& share, const UpdateShare& expected) {
  EXPECT_EQ(share.target_tokens, expected.target_tokens);
  EXPECT_EQ(share.counts, expected.counts);
  ASSERT_EQ(share.micro_batches.size(), expected.micro_batches.size());
  std::vector<DeviceBatch> batches;
  for (size_t i = 0; i < share.micro_batches.size(); ++i) batches.push_back(feed.ToDevice(i));
  CollatedBatch collated;
  for (size_t i = 0; i < batches.size(); ++i) {
    Collate(Split(), expected.micro_batches[i], collated);
    ExpectAsCollated(batches[i], collated);
  }
}

void ExpectTheStreamsUpdates(const Loading& loading, const Division& division,
                             const BatchRule& rule, at::Device device = at::kCPU) {
  Fed feed(loading, division, rule, device);
  BatchStream reference(Split(), rule, /*seed=*/5);
  const int64_t three_epochs = 3 * reference.batches_per_epoch();
  for (int64_t update = 0; update < three_epochs; ++update) {
    const UpdateShare expected = Divide(reference.Next(), Split(), rule, division);
    ExpectShare(*feed, feed->Next(), expected);
    if (::testing::Test::HasFailure()) FAIL() << "at update " << update;
  }
}

TEST_P(BatchFeedTest, GivesTheStreamsUpdatesInItsOrder) {
  const BatchRule longest = {.batch_size = 8};
  const BatchRule pools = {.batch_size = 8, .pool_batches = 3};
  const BatchRule fixed = {.batch_size = 8, .source_length = 14, .target_length = 11};
  const BatchRule packed = {.batch_size = 8, .packed = true};
  const BatchRule filled = {.batch_size = 8, .packed = true, .token_multiple = 16};
  for (const BatchRule& rule : {longest, pools, fixed, packed, filled}) {
    ExpectTheStreamsUpdates(GetParam().loading, {}, rule);
    ExpectTheStreamsUpdates(GetParam().loading, {.micro_batches = 3}, rule);
    ExpectTheStreamsUpdates(GetParam().loading, {.rank = 1, .ranks = 2, .micro_batches = 2}, rule);
    // The last update of an epoch has five sentences, and leaves nothing for this one.
    ExpectTheStreamsUpdates(GetParam().loading, {.rank = 6, .ranks = 7}, rule);
  }
}

TEST_P(BatchFeedTest, GivesTheSameOnAGpu) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
  const at::Device device(at::kCUDA, 0);
  ExpectTheStreamsUpdates(GetParam().loading, {.micro_batches = 3}, {.batch_size = 8}, device);
  ExpectTheStreamsUpdates(GetParam().loading, {.rank = 6, .ranks = 7}, {.batch_size = 8}, device);
}

TEST_P(BatchFeedTest, WarmingUpDoesNotMoveTheStream) {
  const BatchRule rule = {.batch_size = 8};
  Fed feed(GetParam().loading, {}, rule);
  BatchStream reference(Split(), rule, /*seed=*/5);
  for (const Batch& batch : reference.ForWarmup(3)) {
    ExpectShare(*feed, feed->Make(batch), Divide(batch, Split(), rule, {}));
  }
  const UpdateShare expected = Divide(reference.Next(), Split(), rule, {});
  ExpectShare(*feed, feed->Next(), expected);
}

// Threads that went on would hang its end, or read a stream that is gone.
TEST_P(BatchFeedTest, EndsMidEpoch) {
  for (int times = 0; times < 20; ++times) {
    Fed feed(GetParam().loading, {}, {.batch_size = 2});
    for (int i = 0; i < times % 3; ++i) feed->Next();
  }
}

TEST_P(BatchFeedTest, ASentenceThatDoesNotFitSurfaces) {
  const int64_t longest = Split().source.longest() + 2;
  const BatchRule too_short = {
      .batch_size = 4, .source_length = longest - 1, .target_length = longest};
  BatchStream reference(Split(), too_short, /*seed=*/5);
  Fed feed(GetParam().loading, {}, too_short);
  CollatedBatch collated;
  bool thrown = false;
  for (int64_t i = 0; i < reference.batches_per_epoch(); ++i) {
    const Batch& batch = reference.Next();
    try {
      Collate(Split(), batch, collated);
      EXPECT_NO_THROW(feed->Next());
    } catch (const std::logic_error&) {
      EXPECT_THROW(feed->Next(), std::logic_error);
      thrown = true;
    }
  }
  EXPECT_TRUE(thrown);
}

std::vector<std::vector<int64_t>> FirstUpdates(const BatchRule& rule, int64_t updates) {
  BatchStream stream(Split(), rule, /*seed=*/5);
  std::vector<std::vector<int64_t>> sentences;
  for (int64_t i = 0; i < updates; ++i) sentences.push_back(stream.Next().sentences);
  return sentences;
}

// How many updates three workers take from the stream while nobody asks for them.
int64_t UpdatesTaken(bool after_first_next, std::chrono::milliseconds time) {
  const BatchRule rule = {.batch_size = 4};
  const auto first = FirstUpdates(rule, 12);
  Fed feed({.workers = 3, .prefetch = 2}, {}, rule);
  feed->Make(MakeBatch(Split(), rule, first[0]));
  if (after_first_next) feed->Next();
  std::this_thread::sleep_for(time);
  const auto next = std::find(first.begin(), first.end(), feed.EndAndTakeNextBatch().sentences);
  return next - first.begin();
}

TEST(WorkerFeedTest, RunsAheadAsFarAsPrefetchSaysFromTheFirstNextOn) {
  constexpr std::chrono::milliseconds kSettled(200);
  constexpr int64_t kMost = 1 + 3 * 2;
  EXPECT_EQ(UpdatesTaken(false, kSettled), 0);
  // As far as that, however slow the machine, and no further.
  int64_t taken = 0;
  std::chrono::milliseconds time(25);
  for (; taken < kMost && time < std::chrono::seconds(10); time *= 2) {
    taken = UpdatesTaken(true, time);
  }
  EXPECT_EQ(taken, kMost);
  EXPECT_LE(UpdatesTaken(true, kSettled), kMost);
}

TEST(WorkerFeedTest, KeepsAnUpdateWhileThreadsRunAhead) {
  const BatchRule rule = {.batch_size = 4};
  Fed feed({.workers = 2, .prefetch = 2}, {}, rule);
  BatchStream reference(Split(), rule, /*seed=*/5);
  for (int i = 0; i < 10; ++i) {
    const UpdateShare expected = Divide(reference.Next(), Split(), rule, {});
    const UpdateShare& share = feed->Next();
    const DeviceBatch batch = feed->ToDevice(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CollatedBatch collated;
    Collate(Split(), expected.micro_batches[0], collated);
    ExpectAsCollated(batch, collated);
    EXPECT_EQ(share.micro_batches[0].sentences, expected.micro_batches[0].sentences);
  }
}

TEST(ResidentFeedTest, HasEmptySentencesAndTheLastOnesRight) {
  const std::vector<uint64_t> source_offsets = {0, 0, 3, 3};
  const std::vector<uint64_t> target_offsets = {0, 2, 2, 2};
  const std::vector<int32_t> source_ids = {7, 8, 9};
  const std::vector<int32_t> target_ids = {5, 6};
  const EncodedSplit split = {{source_offsets, source_ids}, {target_offsets, target_ids}};
  const BatchRule rule = {.batch_size = 3};
  BatchStream stream(split, rule, 1);
  const auto feed = MakeBatchFeed({.resident = true}, {}, split, stream, at::kCPU);
  const Batch batch = MakeBatch(split, rule, std::vector<int64_t>{2, 0, 1});
  feed->Make(batch);
  CollatedBatch collated;
  Collate(split, batch, collated);
  ExpectAsCollated(feed->ToDevice(0), collated);
}

}  // namespace
}  // namespace ablate
