#include "model/data/split.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>

#include "model/data/parallel.h"
#include "model/data/text_index.h"
#include "model/error.h"
#include "model/random.h"

namespace ablate {
namespace {

using Order = std::vector<uint32_t>;

Order Shuffled(uint64_t seed, size_t pairs) {
  Order order(pairs);
  std::iota(order.begin(), order.end(), 0);
  Random(seed, "split").Shuffle(order);
  return order;
}

// For each place in `order`, the first place that has the same source sentence.
Order FirstOfSource(const std::vector<SentencePair>& pairs, const Order& order) {
  TextIndex sources(order.size());
  Order first(order.size());
  const std::vector<uint64_t> hashes = ForEach<uint64_t>(
      order.size(), [&](size_t place) { return HashOf(pairs[order[place]].source); });
  for (uint32_t place = 0; place < order.size(); ++place) {
    sources.Prefetch(hashes[std::min(place + kAhead, order.size() - 1)]);
    const auto is_same = [&](uint32_t other) {
      return pairs[order[other]].source == pairs[order[place]].source;
    };
    const uint32_t found = sources.FindOrAdd(hashes[place], place, is_same);
    first[place] = found == TextIndex::kNone ? place : found;
  }
  return first;
}

bool IsFirst(const Order& first, size_t place) { return first[place] == place; }

int64_t CountSources(const Order& first) {
  int64_t sources = 0;
  for (size_t place = 0; place < first.size(); ++place) sources += IsFirst(first, place) ? 1 : 0;
  return sources;
}

// The place at which so many distinct sources have begun before.
size_t PlaceAfterSources(const Order& first, int64_t sources) {
  size_t place = 0;
  for (; sources > 0 || !IsFirst(first, place); ++place) sources -= IsFirst(first, place) ? 1 : 0;
  return place;
}

void CheckFraction(double fraction) {
  if (fraction > 0 && fraction < 1) return;
  throw Error("valid_fraction is " + std::to_string(fraction) + "; it must lie between 0 and 1");
}

}  // namespace

void Split(const CorpusSpec& spec, std::vector<SentencePair> pairs, Corpus& corpus) {
  CheckFraction(spec.valid_fraction);
  Order order = Shuffled(spec.split_seed, pairs.size());
  const auto read = static_cast<int64_t>(pairs.size());
  const int64_t kept = std::clamp<int64_t>(spec.max_pairs.value_or(read), 0, read);
  order.resize(static_cast<size_t>(kept));
  corpus.counts.over_max_pairs = read - kept;

  const Order first = FirstOfSource(pairs, order);
  const int64_t sources = CountSources(first);
  if (sources < 2) {
    throw Error("corpus '" + spec.name + "': " + std::to_string(sources) +
                " distinct source sentences are left, and training and validation need one each; "
                "loosen the limits (" +
                Describe(corpus.counts) + ")");
  }
  // From the front, so that a larger max_pairs extends the validation split and does not replace
  // it.
  const int64_t valid_sources = std::clamp<int64_t>(
      std::llround(spec.valid_fraction * static_cast<double>(sources)), 1, sources - 1);
  const size_t valid_end = PlaceAfterSources(first, valid_sources);
  const auto is_valid = [&](uint32_t place) { return place < valid_end; };
  const auto valid = static_cast<size_t>(std::ranges::count_if(first, is_valid));
  corpus.valid.reserve(valid);
  corpus.train.reserve(order.size() - valid);
  for (size_t place = 0; place < order.size(); ++place) {
    __builtin_prefetch(&pairs[order[std::min(place + kAhead, order.size() - 1)]]);
    auto& split = is_valid(first[place]) ? corpus.valid : corpus.train;
    split.push_back(std::move(pairs[order[place]]));
  }
  corpus.counts.train = static_cast<int64_t>(corpus.train.size());
  corpus.counts.valid = static_cast<int64_t>(corpus.valid.size());
}

}  // namespace ablate
