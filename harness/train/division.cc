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

// So that each has about as many tokens: the longest sentences first, each to who has least.
std::vector<std::vector<int64_t>> Balanced(std::span<const int64_t> sentences,
                                           const EncodedSplit& split, int64_t parts) {
  // Specials count too: they are computed on, and a share of nothing but empty sentences must not
  // look as if it were free.
  const auto tokens = [&](int64_t i) {
    return split.source.length(i) + 2 + split.target.length(i) + 1;
  };
  std::vector<int64_t> order(sentences.begin(), sentences.end());
  std::ranges::stable_sort(order, std::ranges::greater(), tokens);
  std::vector<std::vector<int64_t>> shares(std::min<size_t>(parts, sentences.size()));
  std::vector<int64_t> load(shares.size());
  for (const int64_t i : order) {
    const auto least = std::ranges::min_element(load) - load.begin();
    load[least] += tokens(i);
    shares[least].push_back(i);
  }
  return shares;
}

std::vector<Batch> AmongReplicas(std::vector<Batch> batches, const EncodedSplit& split,
                                 const BatchRule& rule, int64_t replicas) {
  if (replicas == 1) return batches;
  std::vector<Batch> shares;
  for (const Batch& batch : batches) {
    for (const auto& sentences : Balanced(batch.sentences, split, replicas)) {
      shares.push_back(MakeBatch(split, rule, sentences));
    }
  }
  return shares;
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
    share.padded_source_tokens += batch.source_tokens;
    share.padded_target_tokens += batch.target_tokens;
  }
}

}  // namespace

UpdateShare Divide(const Batch& update, const EncodedSplit& split, const BatchRule& rule,
                   const Division& division) {
  UpdateShare share;
  CountReal(update, split, share);
  for (int64_t rank = 0; rank < division.ranks; ++rank) {
    const std::vector<int64_t> sentences = SentencesOfRank(update, rank, division.ranks);
    std::vector<Batch> batches = AmongReplicas(Cut(sentences, split, rule, division.micro_batches),
                                               split, rule, division.replicas);
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
