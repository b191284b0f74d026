#include "model/data/vocabulary.h"

#include "model/data/bpe_vocabulary.h"
#include "model/data/encoded_corpus.h"
#include "model/data/word_vocabulary.h"
#include "model/error.h"

namespace ablate {
namespace {

void Check(const VocabularySpec& spec, const std::vector<std::string_view>& sentences) {
  if (spec.size <= kSpecials || spec.size > INT32_MAX) {
    throw Error("vocabulary.size is " + std::to_string(spec.size) + "; it counts " +
                std::to_string(kSpecials) + " specials, so it must be at least " +
                std::to_string(kSpecials + 1));
  }
  if (sentences.empty()) {
    throw Error(
        "a vocabulary can't be learned: the training split has no sentence; loosen the corpus's "
        "filters");
  }
}

}  // namespace

std::unique_ptr<Vocabulary> TrainVocabulary(const VocabularySpec& spec,
                                            const std::vector<std::string_view>& sentences) {
  Check(spec, sentences);
  if (spec.type == "word") return TrainWordVocabulary(spec, sentences);
  if (spec.type == "bpe") return TrainBpeVocabulary(spec, sentences);
  throw Error("vocabulary.type is \"" + spec.type + "\"; allowed are \"word\" and \"bpe\"");
}

LearnedVocabulary LearnAndEncode(const VocabularySpec& spec,
                                 const std::vector<std::string_view>& sentences) {
  Check(spec, sentences);
  LearnedVocabulary learned;
  if (spec.type == "word") {
    learned.vocabulary = TrainWordVocabulary(spec, sentences, &learned.ids);
  } else {
    learned.vocabulary = TrainVocabulary(spec, sentences);
    learned.ids = EncodeAll(sentences, *learned.vocabulary);
  }
  return learned;
}

std::unique_ptr<Vocabulary> ParseVocabulary(std::string_view serialised) {
  const auto body = [&](std::string_view header) { return serialised.substr(header.size()); };
  if (serialised.starts_with(kWordHeader)) return ParseWordVocabulary(body(kWordHeader));
  if (serialised.starts_with(kBpeHeader)) return ParseBpeVocabulary(body(kBpeHeader));
  throw Error(
      "not a vocabulary of this version of ablate; delete the file and it is learned again");
}

}  // namespace ablate
