// A corpus as token ids: one file that the driver writes once and that every worker maps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/corpus.h"
#include "model/data/sequence_table.h"

namespace ablate {

class Vocabulary;  // model/data/vocabulary.h

// The ids of the sentences of one side of one split, without SOS and EOS.
class EncodedSide {
 public:
  EncodedSide() = default;
  // offsets has size()+1 entries; sentence i is ids[offsets[i], offsets[i+1]).
  EncodedSide(std::span<const uint64_t> offsets, std::span<const int32_t> ids)
      : offsets_(offsets), ids_(ids) {}

  int64_t size() const { return offsets_.empty() ? 0 : static_cast<int64_t>(offsets_.size()) - 1; }
  int64_t length(int64_t i) const { return static_cast<int64_t>(offsets_[i + 1] - offsets_[i]); }
  std::span<const int32_t> operator[](int64_t i) const {
    return ids_.subspan(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }
  int64_t longest() const;  // tokens, specials not counted; 0 where empty
  int64_t tokens() const { return static_cast<int64_t>(ids_.size()); }

 private:
  std::span<const uint64_t> offsets_;
  std::span<const int32_t> ids_;
};

struct EncodedSplit {
  EncodedSide source;
  EncodedSide target;
  int64_t size() const { return source.size(); }
};

class EncodedCorpus {
 public:
  // Maps `path` read-only. Throws Error where the file is missing, torn, or of another version.
  static EncodedCorpus Map(const std::filesystem::path& path);
  EncodedCorpus(EncodedCorpus&&) noexcept;
  EncodedCorpus& operator=(EncodedCorpus&&) noexcept;
  ~EncodedCorpus();

  const EncodedSplit& train() const;
  const EncodedSplit& valid() const;
  int64_t source_vocabulary_size() const;
  int64_t target_vocabulary_size() const;

  // Sentences of the validation split as text, for BLEU and for showing.
  std::string_view valid_source_text(int64_t i) const;
  std::string_view valid_target_text(int64_t i) const;

  // True where the target vocabulary's detokenisation gives back ordinary text (bpe); a word
  // vocabulary's gives its tokens joined by blanks, and BLEU is then computed on tokens.
  bool target_detokenises() const;
  // Target ids to text; specials but UNK are left out. For a word vocabulary: tokens joined by
  // blanks, UNK as "<unk>".
  std::string TargetText(std::span<const int32_t> ids) const;
  // The reference to compare TargetText with: valid_target_text, or for a word vocabulary its
  // tokens joined by blanks.
  std::string TargetReference(int64_t i) const;

 private:
  struct Mapping;
  explicit EncodedCorpus(std::unique_ptr<Mapping> mapping);
  std::unique_ptr<Mapping> mapping_;
};

// The ids of each sentence, by as many threads as pay.
SequenceTable<int32_t> EncodeAll(const std::vector<std::string_view>& sentences,
                                 const Vocabulary& vocabulary);

// A vocabulary, and the ids that it gives to the training split.
struct EncodedTrain {
  const Vocabulary& vocabulary;
  const SequenceTable<int32_t>& ids;
};

// Encodes the rest of `corpus` and writes the file by rename.
void WriteEncodedCorpus(const std::filesystem::path& path, const Corpus& corpus,
                        const EncodedTrain& source, const EncodedTrain& target);
// The same, of which nothing is encoded yet.
void WriteEncodedCorpus(const std::filesystem::path& path, const Corpus& corpus,
                        const Vocabulary& source, const Vocabulary& target);

}  // namespace ablate
