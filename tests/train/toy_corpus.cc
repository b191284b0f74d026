#include "tests/train/toy_corpus.h"

#include <sstream>
#include <string>
#include <vector>

#include "model/data/encoded_corpus.h"
#include "model/data/vocabulary.h"
#include "model/random.h"
#include "tests/support/process.h"

namespace ablate::testing {
namespace {

constexpr uint64_t kWords = 12;
constexpr uint64_t kMostWords = 8;
constexpr int64_t kValidPairs = 20;

SentencePair RandomPair(Random& random) {
  SentencePair pair;
  const uint64_t words = 1 + random.Below(kMostWords);
  for (uint64_t i = 0; i < words; ++i) {
    const std::string word = std::to_string(random.Below(kWords));
    pair.source += (i > 0 ? " e" : "e") + word;
    pair.target += (i > 0 ? " f" : "f") + word;
  }
  return pair;
}

std::vector<SentencePair> RandomPairs(Random& random, int64_t size) {
  std::vector<SentencePair> pairs;
  for (int64_t i = 0; i < size; ++i) pairs.push_back(RandomPair(random));
  return pairs;
}

// A letter and a number a word. Made here, since the libraries that learn vocabularies do not
// belong into a process that has LibTorch.
class ToyVocabulary final : public Vocabulary {
 public:
  explicit ToyVocabulary(char letter) : pieces_{"<unk>", "<pad>", "<sos>", "<eos>"} {
    for (uint64_t i = 0; i < kWords; ++i) pieces_.push_back(letter + std::to_string(i));
  }

  std::vector<int32_t> Encode(std::string_view text) const override {
    std::vector<int32_t> ids;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) ids.push_back(kSpecials + std::stoi(word.substr(1)));
    return ids;
  }
  const std::vector<std::string>& pieces() const override { return pieces_; }
  bool detokenises() const override { return false; }
  std::string Reference(std::string_view text) const override { return std::string(text); }
  std::string Serialise() const override { return ""; }

 private:
  std::vector<std::string> pieces_;
};

}  // namespace

std::filesystem::path WriteToyCorpus(int64_t pairs) {
  Random random(7);
  Corpus corpus;
  corpus.train = RandomPairs(random, pairs);
  corpus.valid = RandomPairs(random, kValidPairs);
  const std::filesystem::path path = std::filesystem::path(TemporaryFolder()) / "toy.ids";
  WriteEncodedCorpus(path, corpus, ToyVocabulary('e'), ToyVocabulary('f'));
  return path;
}

}  // namespace ablate::testing
