#include "model/data/batches.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

// The longer side leads, then comes how much longer the target is, so that neighbours are alike on
// both sides. Padding a corpus of captions this way wastes a third less than sorting by target,
// then source.
auto LengthKey(const EncodedSplit& split) {
  return [&split](int64_t i) {
    const int64_t source = split.source.length(i) + 2;
    const int64_t target = split.target.length(i) + 1;
    return std::pair(std::max(source, target), target - source);
  };
}

void SortByLength(const EncodedSplit& split, std::span<int64_t> sentences) {
  std::ranges::stable_sort(sentences, {}, LengthKey(split));
}

// Consecutive pieces of `items`, each `size` long but for the last.
template <typename T, typename Visit>
void ForEachChunk(std::span<T> items, int64_t size, Visit visit) {
  for (size_t begin = 0; begin < items.size(); begin += size) {
    visit(items.subspan(begin, std::min<size_t>(size, items.size() - begin)));
  }
}

std::vector<Batch> Cut(const EncodedSplit& split, const BatchRule& rule,
                       std::span<const int64_t> order) {
  std::vector<Batch> batches;
  ForEachChunk(order, rule.batch_size, [&](std::span<const int64_t> sentences) {
    batches.push_back(MakeBatch(split, rule, sentences));
  });
  return batches;
}

std::vector<int64_t> AllSentences(const EncodedSplit& split) {
  std::vector<int64_t> sentences(split.size());
  std::iota(sentences.begin(), sentences.end(), 0);
  return sentences;
}

void FillRow(std::span<const int32_t> tokens, bool sos, bool eos, std::span<int64_t> row) {
  auto out = row.begin();
  if (sos) *out++ = kSos;
  out = std::copy(tokens.begin(), tokens.end(), out);
  if (eos) *out++ = kEos;
  std::fill(out, row.end(), kPad);
}

void CheckFits(int64_t tokens, int64_t specials, int64_t length) {
  if (tokens + specials > length) {
    throw std::logic_error("a sentence of " + std::to_string(tokens) +
                           " tokens does not fit a padded length of " + std::to_string(length));
  }
}

}  // namespace

Batch MakeBatch(const EncodedSplit& split, const BatchRule& rule,
                std::span<const int64_t> sentences) {
  Batch batch;
  batch.sentences.assign(sentences.begin(), sentences.end());
  batch.source_length = rule.source_length;
  batch.target_length = rule.target_length;
  for (int64_t i : sentences) {
    if (rule.source_length == 0) {
      batch.source_length = std::max(batch.source_length, split.source.length(i) + 2);
    }
    if (rule.target_length == 0) {
      batch.target_length = std::max(batch.target_length, split.target.length(i) + 1);
    }
  }
  return batch;
}

std::vector<Batch> EpochBatches(const EncodedSplit& split, const BatchRule& rule,
                                uint64_t order_seed, int64_t epoch) {
  Random random(StreamSeed(order_seed, "order") + static_cast<uint64_t>(epoch), "epoch");
  std::vector<int64_t> order = AllSentences(split);
  random.Shuffle(order);
  if (rule.pool_batches == 0) return Cut(split, rule, order);

  ForEachChunk(std::span(order), rule.pool_batches * rule.batch_size,
               [&](std::span<int64_t> pool) { SortByLength(split, pool); });
  std::vector<Batch> batches = Cut(split, rule, order);
  random.Shuffle(batches);
  return batches;
}

std::vector<Batch> EvaluationBatches(const EncodedSplit& split, int64_t batch_size) {
  std::vector<int64_t> order = AllSentences(split);
  SortByLength(split, order);
  return Cut(split, {.batch_size = batch_size}, order);
}

int64_t LongestBatch(const std::vector<Batch>& batches) {
  const auto longest = std::ranges::max_element(batches, {}, [](const Batch& batch) {
    return std::ssize(batch.sentences) * (batch.source_length + batch.target_length);
  });
  return longest - batches.begin();
}

void Collate(const EncodedSplit& split, const Batch& batch, CollatedBatch& out) {
  out.rows = std::ssize(batch.sentences);
  out.source_length = batch.source_length;
  out.target_length = batch.target_length;
  out.source.resize(out.rows * out.source_length);
  out.target_in.resize(out.rows * out.target_length);
  out.target_out.resize(out.rows * out.target_length);
  out.source_tokens = 0;
  out.target_tokens = 0;
  const auto row_of = [](std::vector<int64_t>& ids, int64_t row, int64_t length) {
    return std::span(ids).subspan(row * length, length);
  };
  for (int64_t row = 0; row < out.rows; ++row) {
    const auto source = split.source[batch.sentences[row]];
    const auto target = split.target[batch.sentences[row]];
    CheckFits(std::ssize(source), 2, out.source_length);
    CheckFits(std::ssize(target), 1, out.target_length);
    FillRow(source, true, true, row_of(out.source, row, out.source_length));
    FillRow(target, true, false, row_of(out.target_in, row, out.target_length));
    FillRow(target, false, true, row_of(out.target_out, row, out.target_length));
    out.source_tokens += std::ssize(source) + 2;
    out.target_tokens += std::ssize(target) + 1;
  }
  out.source_padded = out.source_tokens < out.rows * out.source_length;
  out.target_padded = out.target_tokens < out.rows * out.target_length;
}

}  // namespace ablate
