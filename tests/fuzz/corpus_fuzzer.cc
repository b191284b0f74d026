// Corpora: the first byte of an input says what the rest is, a file as users have them or as the
// cache keeps it.
#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "model/data/corpus.h"
#include "model/data/encoded_corpus.h"
#include "model/data/encoded_corpus_format.h"
#include "model/data/fetched_corpus.h"
#include "model/data/libreoffice_help.h"
#include "model/data/manifest.h"
#include "model/data/vocabulary.h"
#include "tests/fuzz/fuzz.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// One folder for all inputs of a process; $TMPDIR in memory makes it fast.
class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "corpus_fuzzer-XXXXXX";
    fuzz::Ensure(mkdtemp(name.data()) != nullptr, "a temporary folder can be made");
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }
  fs::path Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  fs::path path_;
};

const Folder& TheFolder() {
  static const Folder folder;
  return folder;
}

CorpusSpec Spec(const std::string& name) {
  CorpusSpec spec = {.name = name, .source = "source", .target = "target", .path = "pairs.tsv"};
  spec.max_source_chars = 100;
  spec.max_target_excess_chars = 50;
  return spec;
}

void Load(const CorpusSpec& spec) {
  const Corpus corpus = LoadCorpus(spec, TheFolder().path(), TheFolder().path());
  const CorpusCounts& counts = corpus.counts;
  fuzz::Ensure(counts.read == counts.empty + counts.invalid_utf8 + counts.too_long_line +
                                  counts.unpaired + counts.untranslated + counts.duplicate +
                                  counts.too_few_words + counts.too_many_chars +
                                  counts.too_much_excess + counts.over_max_pairs + counts.train +
                                  counts.valid,
               "every pair that was read is counted once");
}

void ReadTsv(std::string_view bytes) {
  TheFolder().Write("pairs.tsv", bytes);
  Load(Spec("tsv"));
}

// Two files, with the byte 0xff between them, which stands in no text.
void ReadLines(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\xff'), bytes.size());
  TheFolder().Write("source", bytes.substr(0, end));
  TheFolder().Write("target", bytes.substr(std::min(end + 1, bytes.size())));
  Load(Spec("lines"));
}

void ReadHelpPage(std::string_view bytes) { ParseHelpPage(bytes); }

void ReadFetched(const std::string& name, std::string_view bytes) {
  const FetchedCorpus& corpus = FindFetchedCorpus(name);
  for (const std::string& file : corpus.files) TheFolder().Write(file, bytes);
  PairIntake intake;
  corpus.read(TheFolder().path(), intake);
}

void ReadPackages(std::string_view bytes) { ReadFetched("libreoffice_help", bytes); }
void ReadZip(std::string_view bytes) { ReadFetched("opus_books", bytes); }

void Visit(const EncodedSide& side, int64_t vocabulary_size) {
  for (int64_t i = 0; i < side.size(); ++i) {
    fuzz::Ensure(side.length(i) >= 0 && side.length(i) <= side.longest(), "lengths are lengths");
    for (const int32_t id : side[i]) {
      fuzz::Ensure(id >= 0 && id < vocabulary_size, "ids are of the vocabulary");
    }
  }
}

void MapIds(std::string_view bytes) {
  const EncodedCorpus corpus = EncodedCorpus::Map(TheFolder().Write("corpus.ids", bytes));
  for (const EncodedSplit* split : {&corpus.train(), &corpus.valid()}) {
    Visit(split->source, corpus.source_vocabulary_size());
    Visit(split->target, corpus.target_vocabulary_size());
    for (int64_t i = 0; i < split->target.size(); ++i) corpus.TargetText(split->target[i]);
  }
  for (int64_t i = 0; i < corpus.valid().size(); ++i) {
    std::string(corpus.valid_source_text(i)) += corpus.TargetReference(i);
  }
}

// With what a fuzzer can't guess set right: size and checksum.
void MapMendedIds(std::string_view bytes) {
  std::string mended(bytes.substr(0, bytes.size() / sizeof(uint64_t) * sizeof(uint64_t)));
  if (mended.size() < sizeof(EncodedHeader)) return;
  EncodedHeader header;
  std::memcpy(&header, mended.data(), sizeof(header));
  header.magic = EncodedHeader::kMagic;
  header.version = EncodedHeader::kVersion;
  header.file_bytes = mended.size() + sizeof(uint64_t);
  std::memcpy(mended.data(), &header, sizeof(header));
  const uint64_t checksum = EncodedChecksum(mended);
  mended.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  MapIds(mended);
}

void ReadWords(std::string_view bytes) {
  ParseVocabulary("ablate word vocabulary 1\n" + std::string(bytes))->Encode(bytes);
}

void ReadManifestFile(std::string_view bytes) {
  TheFolder().Write("manifest.json", bytes);
  ReadManifest(TheFolder().path());
}

struct Kind {
  char letter;
  void (*read)(std::string_view bytes);
};
constexpr std::array<Kind, 9> kKinds = {{{'t', ReadTsv},
                                         {'l', ReadLines},
                                         {'h', ReadHelpPage},
                                         {'p', ReadPackages},
                                         {'z', ReadZip},
                                         {'i', MapIds},
                                         {'m', MapMendedIds},
                                         {'w', ReadWords},
                                         {'f', ReadManifestFile}}};

void CheckInput(std::string_view input) {
  for (const Kind& kind : kKinds) {
    if (input.empty() || input.front() != kind.letter) continue;
    fuzz::Accepts([&] { kind.read(input.substr(1)); });
  }
}

}  // namespace
}  // namespace ablate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ablate::CheckInput(ablate::fuzz::View(data, size));
  return 0;
}
