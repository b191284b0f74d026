#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/atomic_file.h"
#include "model/data/encoded_corpus.h"
#include "model/data/encoded_corpus_format.h"
#include "model/data/parallel.h"
#include "model/data/vocabulary.h"

namespace ablate {
namespace {

uint64_t RoundedUp(uint64_t bytes, uint64_t unit) { return (bytes + unit - 1) / unit * unit; }

// The file's bytes on their way to disk, and their checksum.
class ChecksummedStream {
 public:
  explicit ChecksummedStream(std::ostream& file) : file_(file) { buffer_.reserve(kBufferBytes); }

  void Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t count = std::min(bytes.size(), kBufferBytes - buffer_.size());
      buffer_ += bytes.substr(0, count);
      bytes.remove_prefix(count);
      written_ += count;
      if (buffer_.size() == kBufferBytes) Flush();
    }
  }
  void PadTo(uint64_t position) { Write(std::string(position - written_, '\0')); }
  void Finish() {
    Flush();
    file_.write(reinterpret_cast<const char*>(&checksum_), sizeof(checksum_));
  }

 private:
  static constexpr size_t kBufferBytes = 1 << 20;

  void Flush() {
    checksum_ = EncodedChecksum(buffer_, checksum_);
    file_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
  }

  std::ostream& file_;
  std::string buffer_;
  uint64_t written_ = 0;
  uint64_t checksum_ = kNothingBefore;
};

// Lays the file out; what the sections hold stays where it is until it is written.
class FileBuilder {
 public:
  template <typename T>
  void Add(EncodedSection section, const std::vector<T>& items) {
    end_ = RoundedUp(end_, kEncodedAlignment);
    header.sections[section] = {end_, items.size() * sizeof(T)};
    contents_[section] = {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T)};
    order_.push_back(section);
    end_ += items.size() * sizeof(T);
  }

  void Write(std::ostream& file) {
    const uint64_t checksum_at = RoundedUp(end_, sizeof(uint64_t));
    header.file_bytes = checksum_at + sizeof(uint64_t);
    ChecksummedStream stream(file);
    stream.Write({reinterpret_cast<const char*>(&header), sizeof(header)});
    for (const EncodedSection section : order_) {
      stream.PadTo(header.sections[section].offset);
      stream.Write(contents_[section]);
    }
    stream.PadTo(checksum_at);
    stream.Finish();
  }

  EncodedHeader header;

 private:
  std::array<std::string_view, kEncodedSections> contents_;
  std::vector<EncodedSection> order_;
  uint64_t end_ = sizeof(EncodedHeader);
};

template <typename T>
void AddTable(FileBuilder& file, EncodedSection offsets, const SequenceTable<T>& table) {
  file.Add(offsets, table.offsets);
  file.Add(static_cast<EncodedSection>(offsets + 1), table.items);
}

std::vector<std::string_view> SideOf(const std::vector<SentencePair>& pairs,
                                     std::string SentencePair::*side) {
  std::vector<std::string_view> sentences;
  sentences.reserve(pairs.size());
  for (const SentencePair& pair : pairs) sentences.push_back(pair.*side);
  return sentences;
}

// The validation split as text.
struct ValidationTexts {
  ValidationTexts(const std::vector<SentencePair>& pairs, const Vocabulary& target) {
    for (const SentencePair& pair : pairs) {
      sources.Append(pair.source);
      targets.Append(pair.target);
      if (!target.detokenises()) references.Append(target.Reference(pair.target));
    }
  }

  SequenceTable<char> sources;
  SequenceTable<char> targets;
  SequenceTable<char> references;
};

}  // namespace

SequenceTable<int32_t> EncodeAll(const std::vector<std::string_view>& sentences,
                                 const Vocabulary& vocabulary) {
  auto parts = InParts(sentences.size(), [&](size_t begin, size_t end) {
    SequenceTable<int32_t> part;
    part.offsets.reserve(end - begin + 1);
    for (size_t i = begin; i < end; ++i) {
      vocabulary.AppendIds(sentences[i], part.items);
      part.offsets.push_back(part.items.size());
    }
    return part;
  });
  return Concatenated(parts, [](size_t, int32_t id) { return id; });
}

void WriteEncodedCorpus(const std::filesystem::path& path, const Corpus& corpus,
                        const EncodedTrain& source, const EncodedTrain& target) {
  FileBuilder file;
  file.header.source_vocabulary_size = source.vocabulary.size();
  file.header.target_vocabulary_size = target.vocabulary.size();
  file.header.target_detokenises = target.vocabulary.detokenises() ? 1 : 0;
  const auto valid_source =
      EncodeAll(SideOf(corpus.valid, &SentencePair::source), source.vocabulary);
  const auto valid_target =
      EncodeAll(SideOf(corpus.valid, &SentencePair::target), target.vocabulary);
  SequenceTable<char> pieces;
  for (const std::string& piece : target.vocabulary.pieces()) pieces.Append(piece);
  const ValidationTexts texts(corpus.valid, target.vocabulary);
  AddTable(file, kTrainSourceOffsets, source.ids);
  AddTable(file, kTrainTargetOffsets, target.ids);
  AddTable(file, kValidSourceOffsets, valid_source);
  AddTable(file, kValidTargetOffsets, valid_target);
  AddTable(file, kPieceOffsets, pieces);
  AddTable(file, kValidSourceTextOffsets, texts.sources);
  AddTable(file, kValidTargetTextOffsets, texts.targets);
  AddTable(file, kReferenceOffsets, texts.references);
  WriteByRename(path, [&](std::ostream& stream) { file.Write(stream); });
}

void WriteEncodedCorpus(const std::filesystem::path& path, const Corpus& corpus,
                        const Vocabulary& source, const Vocabulary& target) {
  const auto source_ids = EncodeAll(SideOf(corpus.train, &SentencePair::source), source);
  const auto target_ids = EncodeAll(SideOf(corpus.train, &SentencePair::target), target);
  WriteEncodedCorpus(path, corpus, EncodedTrain{source, source_ids},
                     EncodedTrain{target, target_ids});
}

}  // namespace ablate
