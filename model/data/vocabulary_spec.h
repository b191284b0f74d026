// The suite's "vocabulary" object, checked and with its defaults.
#pragma once

#include <cstdint>
#include <string>

namespace ablate {

struct VocabularySpec {
  std::string type = "word";  // word | bpe
  int64_t size = 30000;       // a language, specials included; a smaller corpus may give fewer (word)
  int64_t min_frequency = 1;  // word: rarer tokens become UNK
};

// The specials stand first in every vocabulary.
inline constexpr int32_t kUnk = 0;
inline constexpr int32_t kPad = 1;
inline constexpr int32_t kSos = 2;
inline constexpr int32_t kEos = 3;
inline constexpr int32_t kSpecials = 4;

}  // namespace ablate
