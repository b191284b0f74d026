#include "harness/bench/synthetic.h"

#include <algorithm>
#include <cmath>

#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

// The exponential of a sum of uniforms: near log-normal.
int64_t SentenceLength(Random& random) {
  double sum = -3;
  for (int i = 0; i < 6; ++i) sum += random.Uniform();
  return std::clamp<int64_t>(std::llround(12 * std::exp(0.8 * sum)), 3, 40);
}

// A rank in [0, size), with probability falling about as its inverse.
int64_t ZipfRank(Random& random, int64_t size) {
  const double rank = std::pow(static_cast<double>(size), random.Uniform()) - 1;
  return std::min(static_cast<int64_t>(rank), size - 1);
}

std::string Word(int64_t rank) {
  static const char* const kSyllables[] = {"ba",  "co",  "dé", "fi", "lu",
                                           "mer", "nou", "pa", "ri", "ton"};
  std::string word;
  for (int64_t rest = rank + 1; rest > 0; rest /= 10) word += kSyllables[rest % 10];
  return word;
}

}  // namespace

void SyntheticSplit::Side::Add(Random& random, int64_t length) {
  for (int64_t i = 0; i < length; ++i) {
    ids.push_back(kSpecials + static_cast<int32_t>(random.Below(kBenchVocabulary - kSpecials)));
  }
  offsets.push_back(ids.size());
}

SyntheticSplit::SyntheticSplit(int64_t sentences) {
  Random random(1);
  for (int64_t i = 0; i < sentences; ++i) {
    const int64_t length = SentenceLength(random);
    source_.Add(random, length);
    target_.Add(random, length + static_cast<int64_t>(random.Below(4)));
  }
  split_ = {{source_.offsets, source_.ids}, {target_.offsets, target_.ids}};
}

std::vector<std::string> SyntheticSentences(int64_t sentences) {
  constexpr int64_t kWords = 3000;
  Random random(2);
  std::vector<std::string> text;
  for (int64_t i = 0; i < sentences; ++i) {
    std::string sentence = Word(ZipfRank(random, kWords));
    for (int64_t word = SentenceLength(random); word > 1; --word) {
      sentence += (random.Below(10) == 0 ? ", " : " ") + Word(ZipfRank(random, kWords));
    }
    text.push_back(sentence + ".");
  }
  return text;
}

Recipe BenchRecipe() {
  Recipe recipe;
  recipe.model.d_model = 128;
  recipe.model.layers = 3;
  recipe.model.heads = 2;
  recipe.model.d_ff = 512;
  recipe.label_smoothing = 0.1;
  recipe.optimizer.gradient_clip = 1;
  return recipe;
}

}  // namespace ablate
