#include "harness/run/last_words.h"

#include <algorithm>
#include <fstream>

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr std::streamoff kLogTail = 4096;
constexpr size_t kLogLines = 3;
constexpr size_t kLongestReason = 400;

std::string ReadTail(const fs::path& log) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - kLogTail));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string LastWords(const fs::path& log) {
  std::string text = ReadTail(log);
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return c != '\n' && static_cast<unsigned char>(c) < ' '; }, ' ');
  std::string words;
  for (size_t lines = 0; lines < kLogLines && !text.empty();) {
    const size_t start = text.rfind('\n') + 1;  // npos + 1 is 0
    const std::string line = text.substr(start);
    text.resize(start == 0 ? 0 : start - 1);
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    words = words.empty() ? line : line + " / " + words;
    ++lines;
  }
  words = WithoutFolders(words);
  return words.size() <= kLongestReason ? words : words.substr(words.size() - kLongestReason);
}

std::string WithLastWords(const std::string& what, const fs::path& log) {
  const std::string words = LastWords(log);
  return words.empty() ? what : what + "; its last words: " + words;
}

std::string WithoutFolders(std::string_view text) {
  std::string kept;
  const std::string_view before = " \t\n'\"`(<[=:,";
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts = text[i] == '/' && (i == 0 || before.find(text[i - 1]) != before.npos);
    // "https://…" is an address, not a path.
    const bool is_address =
        i > 0 && text[i - 1] == ':' && i + 1 < text.size() && text[i + 1] == '/';
    if (starts && !is_address) {
      const size_t end = std::min(text.find_first_of(" \t\n'\"`)>]:,", i), text.size());
      const size_t last = text.substr(i, end - i).rfind('/');
      if (last > 0) i += last + 1;
      if (i >= text.size()) break;
    }
    kept += text[i];
  }
  return kept;
}

}  // namespace ablate
