#include "model/data/phrasebook/phrasebook.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "model/data/phrasebook/english.h"
#include "model/data/phrasebook/french.h"
#include "model/data/phrasebook/grammar.h"
#include "model/error.h"
#include "model/random.h"

namespace ablate {
namespace {

bool IsOfFairLength(const std::string& sentence) {
  const auto words = 1 + std::count(sentence.begin(), sentence.end(), ' ');
  return words >= kMinPhrasebookWords && words <= kMaxPhrasebookWords;
}

}  // namespace

std::vector<SentencePair> GeneratePhrasebook(uint64_t seed, int64_t pairs) {
  if (pairs < 0 || pairs > kMaxPhrasebookPairs) {
    throw Error("corpus \"phrasebook\": pairs is " + std::to_string(pairs) +
                "; the grammar gives at most " + std::to_string(kMaxPhrasebookPairs) +
                " distinct pairs. Ask for 0 to " + std::to_string(kMaxPhrasebookPairs) + ".");
  }
  Random random(seed, "phrasebook");
  phrasebook::Grammar grammar(random);
  std::vector<SentencePair> corpus;
  corpus.reserve(static_cast<size_t>(pairs));
  std::unordered_set<std::string> known;
  known.reserve(static_cast<size_t>(pairs));
  while (static_cast<int64_t>(corpus.size()) < pairs) {
    const phrasebook::Sentence sentence = grammar.Draw();
    std::string english = phrasebook::EnglishSentence(sentence);
    if (!IsOfFairLength(english) || !known.insert(english).second) continue;
    corpus.push_back({std::move(english), phrasebook::FrenchSentence(sentence)});
  }
  return corpus;
}

}  // namespace ablate
