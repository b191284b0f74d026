// What benchmarks compute on: nothing but seeds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/data/encoded_corpus.h"
#include "model/random.h"
#include "techniques/recipe.h"

namespace ablate {

inline constexpr int64_t kBenchVocabulary = 2000;
inline constexpr int64_t kBenchSentences = 1024;

// A split of random ids whose lengths vary as those of short paragraphs do: 3 to 40 tokens, most of
// them near 12.
class SyntheticSplit {
 public:
  explicit SyntheticSplit(int64_t sentences);
  // The views below are into this.
  SyntheticSplit(const SyntheticSplit&) = delete;
  SyntheticSplit& operator=(const SyntheticSplit&) = delete;

  const EncodedSplit& split() const { return split_; }

 private:
  struct Side {
    std::vector<uint64_t> offsets = {0};
    std::vector<int32_t> ids;
    void Add(Random& random, int64_t length);
  };
  Side source_, target_;
  EncodedSplit split_;
};

// Sentences of made-up words, frequent ones more frequent, with punctuation.
std::vector<std::string> SyntheticSentences(int64_t sentences);

// The size of suites/quick.json: d_model 128, 3 layers, 2 heads, d_ff 512, batches of 32.
Recipe BenchRecipe();

}  // namespace ablate
