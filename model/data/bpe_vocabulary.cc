#include "model/data/bpe_vocabulary.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <unordered_map>
#include <utility>

#include "model/error.h"

namespace ablate {
namespace {

// SentencePiece ends the process on a word of 65,535 characters. Its normalisation makes at most 6
// characters of 3 bytes without a blank among them, so sentences of this many bytes can't get
// there. Longer ones are encoded, not learned from.
constexpr const char* kLongestTrainingSentence = "16384";

class Sentences : public sentencepiece::SentenceIterator {
 public:
  explicit Sentences(const std::vector<std::string_view>& sentences) : sentences_(sentences) {
    Load();
  }

  bool done() const override { return next_ >= sentences_.size(); }
  void Next() override {
    ++next_;
    Load();
  }
  const std::string& value() const override { return value_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void Load() {
    if (!done()) value_ = sentences_[next_];
  }

  const std::vector<std::string_view>& sentences_;
  size_t next_ = 0;
  std::string value_;
};

std::unordered_map<std::string, std::string> TrainerOptions(const VocabularySpec& spec) {
  return {{"model_type", "bpe"},
          {"vocab_size", std::to_string(spec.size)},
          {"hard_vocab_limit", "false"},
          {"character_coverage", "1.0"},
          {"max_sentence_length", kLongestTrainingSentence},
          {"num_threads", "1"},
          {"unk_id", std::to_string(kUnk)},
          {"pad_id", std::to_string(kPad)},
          {"bos_id", std::to_string(kSos)},
          {"eos_id", std::to_string(kEos)},
          {"unk_piece", "<unk>"},
          {"pad_piece", "<pad>"},
          {"bos_piece", "<sos>"},
          {"eos_piece", "<eos>"},
          {"minloglevel", "3"}};
}

class BpeVocabulary : public Vocabulary {
 public:
  explicit BpeVocabulary(std::string model) : model_(std::move(model)) {
    if (!processor_.LoadFromSerializedProto(model_).ok() || processor_.pad_id() != kPad ||
        processor_.eos_id() != kEos) {
      throw Error("a torn bpe vocabulary; delete the file and it is learned again");
    }
    for (int id = 0; id < processor_.GetPieceSize(); ++id) {
      pieces_.push_back(processor_.IdToPiece(id));
    }
  }

  std::vector<int32_t> Encode(std::string_view text) const override {
    return processor_.EncodeAsIds(text);
  }

  const std::vector<std::string>& pieces() const override { return pieces_; }
  bool detokenises() const override { return true; }
  std::string Reference(std::string_view text) const override { return std::string(text); }
  std::string Serialise() const override { return std::string(kBpeHeader) + model_; }

 private:
  const std::string model_;
  sentencepiece::SentencePieceProcessor processor_;
  std::vector<std::string> pieces_;
};

[[noreturn]] void Refuse(const VocabularySpec& spec, const std::string& reason) {
  const bool too_small = reason.find("required_chars") != std::string::npos;
  throw Error(
      "SentencePiece can't learn a bpe vocabulary of " + std::to_string(spec.size) + " pieces: " +
      (too_small ? "the corpus has more distinct characters than that; raise vocabulary.size"
                 : "no sentence of the training split is usable (" + reason +
                       "); check the corpus, or use vocabulary.type \"word\""));
}

}  // namespace

std::unique_ptr<Vocabulary> TrainBpeVocabulary(const VocabularySpec& spec,
                                               const std::vector<std::string_view>& sentences) {
  Sentences iterator(sentences);
  std::string model;
  const auto status =
      sentencepiece::SentencePieceTrainer::Train(TrainerOptions(spec), &iterator, &model);
  if (!status.ok()) Refuse(spec, status.ToString());
  return std::make_unique<BpeVocabulary>(std::move(model));
}

std::unique_ptr<Vocabulary> ParseBpeVocabulary(std::string_view body) {
  return std::make_unique<BpeVocabulary>(std::string(body));
}

}  // namespace ablate
