#include "harness/train/division.h"

#include <algorithm>
#include <span>

namespace ablate {
namespace {

std::vector<int64_t> SentencesOfRank(const Batch& update, int64_t rank, int64_t ranks) {
  std::vector<int64_t> sentences;
  for (int64_t i = rank; i < std::ssize(update.sentences); i += ranks) {
    sentences.push_back(update.sentences[i]);
  }
  return sentences;
}

// The sizes differ by one at most.
std::vector<Batch> Cut(std::span<const int64_t> sentences, const EncodedSplit& split,
                       const BatchRule& rule, int64_t pieces) {
  const int64_t size = std::ssize(sentences);
  pieces = std::min(pieces, size);
  std::vector<Batch> batches;
  for (int64_t piece = 0; piece < pieces; ++piece) {
    const int64_t begin = size * piece / pieces;
    const int64_t end = size * (piece + 1) / pieces;
    batches.push_back(MakeBatch(split, rule, sentences.subspan(begin, end - begin)));
  }
  return batches;
}

void CountReal(const Batch& update, const EncodedSplit& split, UpdateShare& share) {
  share.examples = std::ssize(update.sentences);
  for (int64_t i : update.sentences) {
    share.source_tokens += split.source.length(i) + 2;
    share.target_tokens += split.target.length(i) + 1;
  }
}

void CountPadded(const std::vector<Batch>& batches, UpdateShare& share) {
  for (const Batch& batch : batches) {
    const int64_t rows = std::ssize(batch.sentences);
    share.padded_source_tokens += rows * batch.source_length;
    share.padded_target_tokens += rows * batch.target_length;
  }
}

}  // namespace

UpdateShare Divide(const Batch& update, const EncodedSplit& split, const BatchRule& rule,
                   const Division& division) {
  UpdateShare share;
  CountReal(update, split, share);
  for (int64_t rank = 0; rank < division.ranks; ++rank) {
    const std::vector<int64_t> sentences = SentencesOfRank(update, rank, division.ranks);
    std::vector<Batch> batches = Cut(sentences, split, rule, division.micro_batches);
    CountPadded(batches, share);
    if (rank == division.rank) share.micro_batches = std::move(batches);
  }
  share.counts = !share.micro_batches.empty();
  if (!share.counts) {
    const std::span<const int64_t> sentences = update.sentences;
    share.micro_batches = {MakeBatch(split, rule, sentences.first(1))};
  }
  return share;
}

}  // namespace ablate
