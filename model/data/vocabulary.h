// What turns a sentence into token ids and back; learned from the training split of one language.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/sequence_table.h"
#include "model/data/vocabulary_spec.h"

namespace ablate {

class Vocabulary {
 public:
  virtual ~Vocabulary() = default;

  // The ids of `text`, without SOS and EOS. Any bytes are accepted; what is not known is UNK. May
  // be called from several threads at once.
  virtual std::vector<int32_t> Encode(std::string_view text) const = 0;
  // The same, put behind `ids`.
  virtual void AppendIds(std::string_view text, std::vector<int32_t>& ids) const {
    const std::vector<int32_t> more = Encode(text);
    ids.insert(ids.end(), more.begin(), more.end());
  }

  // Specials included, so ids are 0 … size()-1.
  int64_t size() const { return static_cast<int64_t>(pieces().size()); }

  // id -> piece. Specials are "<unk>", "<pad>", "<sos>", "<eos>". In a bpe piece U+2581 stands for
  // a blank.
  virtual const std::vector<std::string>& pieces() const = 0;

  // True where pieces, put together, give ordinary text (bpe), false where they are tokens to be
  // joined by blanks (word).
  virtual bool detokenises() const = 0;

  // What a perfect translation looks like in the form that this vocabulary gives text back: `text`
  // itself (bpe), or its tokens, known or not, joined by blanks (word).
  virtual std::string Reference(std::string_view text) const = 0;

  // Everything, for ParseVocabulary.
  virtual std::string Serialise() const = 0;
};

// Learns a vocabulary. Deterministic. Throws Error where `spec` can't be had from `sentences`,
// saying how to mend it.
std::unique_ptr<Vocabulary> TrainVocabulary(const VocabularySpec& spec,
                                            const std::vector<std::string_view>& sentences);

// The same, with the ids that it gives to `sentences`; a word vocabulary cuts each only once for
// both.
struct LearnedVocabulary {
  std::unique_ptr<Vocabulary> vocabulary;
  SequenceTable<int32_t> ids;
};
LearnedVocabulary LearnAndEncode(const VocabularySpec& spec,
                                 const std::vector<std::string_view>& sentences);

// Throws Error where `serialised` did not come from Vocabulary::Serialise.
std::unique_ptr<Vocabulary> ParseVocabulary(std::string_view serialised);

}  // namespace ablate
