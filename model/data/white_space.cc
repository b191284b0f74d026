#include "model/data/white_space.h"

#include <algorithm>
#include <array>

namespace ablate {
namespace {

using std::string_view_literals::operator""sv;

bool IsAsciiSpace(unsigned char c) { return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20); }

// U+0085, U+00A0; U+1680; U+2028, U+2029, U+202F; U+205F; U+3000. U+2000 to U+200A are a range.
constexpr std::array kOthers = {"\xc2\x85"sv,     "\xc2\xa0"sv,     "\xe1\x9a\x80"sv,
                                "\xe2\x80\xa8"sv, "\xe2\x80\xa9"sv, "\xe2\x80\xaf"sv,
                                "\xe2\x81\x9f"sv, "\xe3\x80\x80"sv};

}  // namespace

size_t LeadingWhiteSpace(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return IsAsciiSpace(first) ? 1 : 0;
  if (text.starts_with("\xe2\x80"sv) && text.size() > 2) {
    const auto last = static_cast<unsigned char>(text[2]);
    if (last >= 0x80 && last <= 0x8a) return 3;
  }
  const auto* found =
      std::ranges::find_if(kOthers, [&](auto space) { return text.starts_with(space); });
  return found == kOthers.end() ? 0 : found->size();
}

std::vector<std::string_view> SplitOnWhiteSpace(std::string_view text) {
  std::vector<std::string_view> words;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size();) {
    const size_t space = LeadingWhiteSpace(text.substr(i));
    if (space == 0 && i < text.size()) {
      ++i;
      continue;
    }
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    i += std::max<size_t>(space, 1);
    begin = i;
  }
  return words;
}

std::string_view TrimRight(std::string_view text) {
  for (;;) {
    size_t space = 0;
    for (size_t bytes = 1; bytes <= 3 && bytes <= text.size() && space == 0; ++bytes) {
      if (LeadingWhiteSpace(text.substr(text.size() - bytes)) == bytes) space = bytes;
    }
    if (space == 0) return text;
    text.remove_suffix(space);
  }
}

}  // namespace ablate
