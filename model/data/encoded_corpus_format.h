// The layout of the encoded corpus's file, shared by the one that writes it and the one that maps
// it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ablate {

// Header, then sections, each at a multiple of 64 bytes, then the checksum of all before it. Native
// byte order: a cache is not moved between machines, and the magic number refuses one that was.
enum EncodedSection {
  kTrainSourceOffsets,  // uint64, as EncodedSide's
  kTrainSourceIds,      // int32
  kTrainTargetOffsets,
  kTrainTargetIds,
  kValidSourceOffsets,
  kValidSourceIds,
  kValidTargetOffsets,
  kValidTargetIds,
  kPieceOffsets,  // uint64, of the target vocabulary's pieces
  kPieceBytes,
  kValidSourceTextOffsets,
  kValidSourceText,
  kValidTargetTextOffsets,
  kValidTargetText,
  kReferenceOffsets,  // empty where the reference is the validation target's text
  kReferenceText,
  kEncodedSections
};

struct EncodedHeader {
  static constexpr uint64_t kMagic = 0x7364692d746c6261;  // the bytes "ablt-ids"
  static constexpr uint32_t kVersion = 1;

  uint64_t magic = kMagic;
  uint32_t version = kVersion;
  uint32_t target_detokenises = 0;
  uint64_t file_bytes = 0;
  int64_t source_vocabulary_size = 0;
  int64_t target_vocabulary_size = 0;
  struct Extent {
    uint64_t offset = 0;
    uint64_t bytes = 0;
  };
  std::array<Extent, kEncodedSections> sections = {};
};

inline constexpr uint64_t kEncodedAlignment = 64;

// Detects torn and overwritten files; no protection from malice. `bytes` is a multiple of 8 long;
// `before` is the checksum of what stands before them.
inline constexpr uint64_t kNothingBefore = 0x9e3779b97f4a7c15;
uint64_t EncodedChecksum(std::string_view bytes, uint64_t before = kNothingBefore);

}  // namespace ablate
