#include "model/data/encoded_corpus.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "model/data/encoded_corpus_format.h"
#include "model/data/vocabulary_spec.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr std::string_view kBlank = "\xe2\x96\x81";         // U+2581, SentencePiece's blank
constexpr std::string_view kUnkSurface = " \xe2\x81\x87 ";  // what SentencePiece writes for UNK

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& what) {
  throw Error(path.string() + ": " + what + "; delete it and it is written again");
}

// A file, mapped whole.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      throw Error(path.string() + ": can't open the encoded corpus: " + std::strerror(errno));
    }
    struct stat status = {};
    fstat(file, &status);
    const size_t size = S_ISREG(status.st_mode) ? static_cast<size_t>(status.st_size) : 0;
    void* address = size > 0 ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (address == MAP_FAILED) Refuse(path, "not an encoded corpus");
    bytes_ = {static_cast<const char*>(address), size};
  }
  ~MappedFile() { munmap(const_cast<char*>(bytes_.data()), bytes_.size()); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

// Whether `offsets` cut `items` things into `sequences`.
bool Cut(std::span<const uint64_t> offsets, size_t items, int64_t sequences) {
  return std::ssize(offsets) == sequences + 1 && offsets.front() == 0 && offsets.back() == items &&
         std::ranges::is_sorted(offsets);
}

// Strings one after another.
struct TextTable {
  std::span<const uint64_t> offsets;
  std::string_view text;

  bool Holds(int64_t texts) const { return Cut(offsets, text.size(), texts); }
  std::string_view operator[](int64_t i) const {
    return text.substr(offsets[i], offsets[i + 1] - offsets[i]);
  }
};

bool LiesWithin(const EncodedHeader::Extent& section, size_t size) {
  return section.offset % kEncodedAlignment == 0 && section.offset <= size &&
         section.bytes <= size - section.offset;
}

bool AreIds(std::span<const int32_t> ids, int64_t vocabulary_size) {
  return std::ranges::all_of(ids, [&](int32_t id) { return id >= 0 && id < vocabulary_size; });
}

EncodedHeader CheckedHeader(const std::filesystem::path& path, std::string_view bytes) {
  EncodedHeader header;
  if (bytes.size() < sizeof(header) + sizeof(uint64_t)) Refuse(path, "not an encoded corpus");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != EncodedHeader::kMagic) Refuse(path, "not an encoded corpus");
  if (header.version != EncodedHeader::kVersion) {
    Refuse(path, "an encoded corpus of version " + std::to_string(header.version) +
                     ", where this program reads version " +
                     std::to_string(EncodedHeader::kVersion));
  }
  if (header.file_bytes != bytes.size() || bytes.size() % sizeof(uint64_t) != 0) {
    Refuse(path, "a torn encoded corpus");
  }
  uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + bytes.size() - sizeof(checksum), sizeof(checksum));
  if (checksum != EncodedChecksum(bytes.substr(0, bytes.size() - sizeof(checksum)))) {
    Refuse(path, "a damaged encoded corpus");
  }
  for (const EncodedHeader::Extent& section : header.sections) {
    if (!LiesWithin(section, bytes.size())) Refuse(path, "a damaged encoded corpus");
  }
  return header;
}

}  // namespace

uint64_t EncodedChecksum(std::string_view bytes, uint64_t before) {
  uint64_t hash = before;
  for (size_t i = 0; i + sizeof(uint64_t) <= bytes.size(); i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof(word));
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  return hash;
}

int64_t EncodedSide::longest() const {
  int64_t longest = 0;
  for (int64_t i = 0; i < size(); ++i) longest = std::max(longest, length(i));
  return longest;
}

struct EncodedCorpus::Mapping {
  explicit Mapping(const std::filesystem::path& path)
      : file(path),
        header(CheckedHeader(path, file.bytes())),
        train{Side(kTrainSourceOffsets), Side(kTrainTargetOffsets)},
        valid{Side(kValidSourceOffsets), Side(kValidTargetOffsets)},
        pieces(Texts(kPieceOffsets)),
        valid_source_text(Texts(kValidSourceTextOffsets)),
        valid_target_text(Texts(kValidTargetTextOffsets)),
        references(Texts(kReferenceOffsets)) {
    if (!IsSound()) Refuse(path, "a damaged encoded corpus");
  }

  // Whether nothing that is read below leads out of the file.
  bool IsSound() const {
    const int64_t source_ids = header.source_vocabulary_size;
    const int64_t target_ids = header.target_vocabulary_size;
    return IsSoundSide(kTrainSourceOffsets, train.size(), source_ids) &&
           IsSoundSide(kTrainTargetOffsets, train.size(), target_ids) &&
           IsSoundSide(kValidSourceOffsets, valid.size(), source_ids) &&
           IsSoundSide(kValidTargetOffsets, valid.size(), target_ids) && pieces.Holds(target_ids) &&
           valid_source_text.Holds(valid.size()) && valid_target_text.Holds(valid.size()) &&
           references.Holds(header.target_detokenises != 0 ? 0 : valid.size());
  }
  bool IsSoundSide(int offsets, int64_t sequences, int64_t vocabulary_size) const {
    const auto ids = Section<int32_t>(offsets + 1);
    return Cut(Section<uint64_t>(offsets), ids.size(), sequences) && AreIds(ids, vocabulary_size);
  }

  template <typename T>
  std::span<const T> Section(int section) const {
    const auto [offset, bytes] = header.sections[section];
    return {reinterpret_cast<const T*>(file.bytes().data() + offset), bytes / sizeof(T)};
  }
  // A section of offsets is followed by that of what they divide.
  EncodedSide Side(int offsets) const {
    return {Section<uint64_t>(offsets), Section<int32_t>(offsets + 1)};
  }
  TextTable Texts(int offsets) const {
    const auto text = Section<char>(offsets + 1);
    return {Section<uint64_t>(offsets), {text.data(), text.size()}};
  }

  std::string Detokenised(std::span<const int32_t> ids) const;
  std::string Joined(std::span<const int32_t> ids) const;

  MappedFile file;
  EncodedHeader header;
  EncodedSplit train;
  EncodedSplit valid;
  TextTable pieces;
  TextTable valid_source_text;
  TextTable valid_target_text;
  TextTable references;
};

namespace {

bool IsSilent(int32_t id) { return id == kPad || id == kSos || id == kEos; }

// The piece with U+2581 as a blank; one that would lead the text is dropped.
void AppendPiece(std::string_view piece, std::string& text) {
  if (text.empty() && piece.starts_with(kBlank)) piece.remove_prefix(kBlank.size());
  while (!piece.empty()) {
    const size_t blank = std::min(piece.find(kBlank), piece.size());
    text += piece.substr(0, blank);
    piece.remove_prefix(blank);
    if (piece.empty()) return;
    text += ' ';
    piece.remove_prefix(kBlank.size());
  }
}

}  // namespace

std::string EncodedCorpus::Mapping::Detokenised(std::span<const int32_t> ids) const {
  std::string text;
  for (int32_t id : ids) {
    if (id == kUnk) {
      text += kUnkSurface;
    } else if (!IsSilent(id)) {
      AppendPiece(pieces[id], text);
    }
  }
  return text;
}

std::string EncodedCorpus::Mapping::Joined(std::span<const int32_t> ids) const {
  std::string text;
  for (int32_t id : ids) {
    if (IsSilent(id)) continue;
    if (!text.empty()) text += ' ';
    text += pieces[id];
  }
  return text;
}

EncodedCorpus::EncodedCorpus(std::unique_ptr<Mapping> mapping) : mapping_(std::move(mapping)) {}
EncodedCorpus::EncodedCorpus(EncodedCorpus&&) noexcept = default;
EncodedCorpus& EncodedCorpus::operator=(EncodedCorpus&&) noexcept = default;
EncodedCorpus::~EncodedCorpus() = default;

EncodedCorpus EncodedCorpus::Map(const std::filesystem::path& path) {
  return EncodedCorpus(std::make_unique<Mapping>(path));
}

const EncodedSplit& EncodedCorpus::train() const { return mapping_->train; }
const EncodedSplit& EncodedCorpus::valid() const { return mapping_->valid; }

int64_t EncodedCorpus::source_vocabulary_size() const {
  return mapping_->header.source_vocabulary_size;
}
int64_t EncodedCorpus::target_vocabulary_size() const {
  return mapping_->header.target_vocabulary_size;
}

std::string_view EncodedCorpus::valid_source_text(int64_t i) const {
  return mapping_->valid_source_text[i];
}
std::string_view EncodedCorpus::valid_target_text(int64_t i) const {
  return mapping_->valid_target_text[i];
}

bool EncodedCorpus::target_detokenises() const { return mapping_->header.target_detokenises != 0; }

std::string EncodedCorpus::TargetText(std::span<const int32_t> ids) const {
  return target_detokenises() ? mapping_->Detokenised(ids) : mapping_->Joined(ids);
}

std::string EncodedCorpus::TargetReference(int64_t i) const {
  return std::string(target_detokenises() ? valid_target_text(i) : mapping_->references[i]);
}

}  // namespace ablate
