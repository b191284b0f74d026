// BLEU of a corpus (Papineni et al. 2002), equal to sacreBLEU's (Post 2018) with its default
// settings.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ablate {

enum class BleuTokenizer {
  k13a,   // mteval-v13a's, for ordinary text
  kNone,  // split at white space, for text that is tokens already
};

struct BleuScore {
  double score = 0;                       // 0 … 100
  std::array<double, 4> precisions = {};  // 0 … 100, smoothed
  double brevity_penalty = 0;
  int64_t hypothesis_tokens = 0;
  int64_t reference_tokens = 0;
};

// One reference a hypothesis, case-sensitive, up to 4-grams, exponential smoothing, no effective
// order. Both vectors have the same size. As in sacreBLEU, a corpus that has no 4-gram at all
// scores 0.
BleuScore CorpusBleu(const std::vector<std::string>& hypotheses,
                     const std::vector<std::string>& references, BleuTokenizer tokenizer);

// What the score means, in sacreBLEU's form:
// "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0". The version is that of the
// sacreBLEU which the tests hold the score to.
std::string BleuSignature(BleuTokenizer tokenizer);

// The text with blanks between its tokens, as mteval-v13a cuts it.
std::string Tokenize13a(const std::string& text);

}  // namespace ablate
