#include <cstring>
#include <vector>

#include "model/data/atomic_file.h"
#include "model/data/encoded_corpus.h"
#include "model/data/encoded_corpus_format.h"
#include "model/data/vocabulary.h"

namespace ablate {
namespace {

// Gathers the whole file in memory: a corpus of a million pairs has some 300 MB.
class FileBuilder {
 public:
  FileBuilder() { Pad(sizeof(EncodedHeader)); }

  template <typename T>
  void Add(EncodedSection section, const std::vector<T>& items) {
    Pad((bytes_.size() + kEncodedAlignment - 1) / kEncodedAlignment * kEncodedAlignment);
    header.sections[section] = {bytes_.size(), items.size() * sizeof(T)};
    bytes_.append(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T));
  }

  std::string Finish() && {
    Pad((bytes_.size() + 7) / 8 * 8);
    header.file_bytes = bytes_.size() + sizeof(uint64_t);
    std::memcpy(bytes_.data(), &header, sizeof(header));
    const uint64_t checksum = EncodedChecksum(bytes_);
    bytes_.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
    return std::move(bytes_);
  }

  EncodedHeader header;

 private:
  void Pad(size_t size) { bytes_.resize(size, '\0'); }

  std::string bytes_;
};

// Sequences of T one after another, and where each begins.
template <typename T>
struct Table {
  std::vector<uint64_t> offsets = {0};
  std::vector<T> items;

  template <typename Sequence>
  void Append(const Sequence& sequence) {
    items.insert(items.end(), sequence.begin(), sequence.end());
    offsets.push_back(items.size());
  }
};

template <typename T>
void AddTable(FileBuilder& file, EncodedSection offsets, const Table<T>& table) {
  file.Add(offsets, table.offsets);
  file.Add(static_cast<EncodedSection>(offsets + 1), table.items);
}

void AddSide(FileBuilder& file, EncodedSection offsets, const std::vector<SentencePair>& pairs,
             std::string SentencePair::*side, const Vocabulary& vocabulary) {
  Table<int32_t> ids;
  for (const SentencePair& pair : pairs) ids.Append(vocabulary.Encode(pair.*side));
  AddTable(file, offsets, ids);
}

void AddValidationTexts(FileBuilder& file, const std::vector<SentencePair>& pairs,
                        const Vocabulary& target) {
  Table<char> sources;
  Table<char> targets;
  Table<char> references;
  for (const SentencePair& pair : pairs) {
    sources.Append(pair.source);
    targets.Append(pair.target);
    if (!target.detokenises()) references.Append(target.Reference(pair.target));
  }
  AddTable(file, kValidSourceTextOffsets, sources);
  AddTable(file, kValidTargetTextOffsets, targets);
  AddTable(file, kReferenceOffsets, references);
}

}  // namespace

void WriteEncodedCorpus(const std::filesystem::path& path, const Corpus& corpus,
                        const Vocabulary& source, const Vocabulary& target) {
  FileBuilder file;
  file.header.source_vocabulary_size = source.size();
  file.header.target_vocabulary_size = target.size();
  file.header.target_detokenises = target.detokenises() ? 1 : 0;
  AddSide(file, kTrainSourceOffsets, corpus.train, &SentencePair::source, source);
  AddSide(file, kTrainTargetOffsets, corpus.train, &SentencePair::target, target);
  AddSide(file, kValidSourceOffsets, corpus.valid, &SentencePair::source, source);
  AddSide(file, kValidTargetOffsets, corpus.valid, &SentencePair::target, target);
  Table<char> pieces;
  for (const std::string& piece : target.pieces()) pieces.Append(piece);
  AddTable(file, kPieceOffsets, pieces);
  AddValidationTexts(file, corpus.valid, target);
  WriteByRename(path, std::move(file).Finish());
}

}  // namespace ablate
