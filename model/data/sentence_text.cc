#include "model/data/sentence_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "model/data/white_space.h"

namespace ablate {
namespace {

// Calls visit(code_point, bytes) for each code point; a malformed one is negative. Stops where
// visit returns false.
template <typename Visit>
void ForEachCodePoint(std::string_view text, Visit visit) {
  const int32_t length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 c;
    U8_NEXT(text.data(), i, length, c);
    if (!visit(c, text.substr(start, i - start))) return;
  }
}

bool IsLineBreak(UChar32 c) {
  return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// White space is dropped at both ends; within, each run becomes what `rewrite` makes of its
// characters.
template <typename Rewrite>
std::string RewriteWhiteSpace(std::string_view text, Rewrite rewrite) {
  std::string result;
  std::string gap;
  ForEachCodePoint(text, [&](UChar32 c, std::string_view bytes) {
    if (u_isUWhiteSpace(c)) {
      if (!result.empty()) rewrite(c, bytes, gap);
    } else {
      result += gap;
      result += bytes;
      gap.clear();
    }
    return true;
  });
  return result;
}

}  // namespace

bool IsText(std::string_view bytes) {
  bool valid = true;
  ForEachCodePoint(bytes, [&](UChar32 c, std::string_view) { return valid = c > 0; });
  return valid;
}

std::string Trimmed(std::string_view text) {
  return RewriteWhiteSpace(text, [](UChar32 c, std::string_view bytes, std::string& gap) {
    gap += IsLineBreak(c) ? " " : bytes;
  });
}

std::string WithSingleBlanks(std::string_view text) {
  return RewriteWhiteSpace(text, [](UChar32, std::string_view, std::string& gap) { gap = " "; });
}

int64_t CountCodePoints(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

int64_t CountWords(std::string_view text) {
  return static_cast<int64_t>(SplitOnWhiteSpace(text).size());
}

}  // namespace ablate
