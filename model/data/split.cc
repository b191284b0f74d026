#include "model/data/split.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "model/error.h"
#include "model/random.h"

namespace ablate {
namespace {

// Numbers the distinct sources in the order of their first pair. Views into `pairs`.
std::unordered_map<std::string_view, int64_t> NumberSources(
    const std::vector<SentencePair>& pairs) {
  std::unordered_map<std::string_view, int64_t> numbers;
  for (const SentencePair& pair : pairs) {
    numbers.try_emplace(pair.source, static_cast<int64_t>(numbers.size()));
  }
  return numbers;
}

void CheckFraction(double fraction) {
  if (fraction > 0 && fraction < 1) return;
  throw Error("valid_fraction is " + std::to_string(fraction) + "; it must lie between 0 and 1");
}

}  // namespace

void Split(const CorpusSpec& spec, std::vector<SentencePair> pairs, Corpus& corpus) {
  CheckFraction(spec.valid_fraction);
  Random(spec.split_seed, "split").Shuffle(pairs);
  const auto read = static_cast<int64_t>(pairs.size());
  const int64_t kept = std::clamp<int64_t>(spec.max_pairs.value_or(read), 0, read);
  pairs.resize(static_cast<size_t>(kept));
  corpus.counts.over_max_pairs = read - kept;

  const auto numbers = NumberSources(pairs);
  const auto sources = static_cast<int64_t>(numbers.size());
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
  for (const SentencePair& pair : pairs) {
    const bool is_valid = numbers.at(pair.source) < valid_sources;
    (is_valid ? corpus.valid : corpus.train).push_back(pair);
  }
  corpus.counts.train = static_cast<int64_t>(corpus.train.size());
  corpus.counts.valid = static_cast<int64_t>(corpus.valid.size());
}

}  // namespace ablate
