#include "harness/plan/nearest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

namespace ablate {
namespace {

constexpr size_t kLongestExcerpt = 80;
constexpr size_t kLongestName = 200;  // the distance takes quadratic time

// Not in the middle of a UTF-8 sequence.
std::string_view Cut(std::string_view text) {
  size_t end = kLongestExcerpt;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

bool IsLastPart(std::string_view name, std::string_view path) {
  return path.size() > name.size() && path.ends_with(name) &&
         path[path.size() - name.size() - 1] == '.';
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string Nearest(std::string_view found, const std::vector<std::string>& known) {
  if (found.empty() || found.size() > kLongestName) return "";
  std::string nearest;
  size_t least = std::max<size_t>(1, found.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t distance = IsLastPart(found, name) ? 0 : EditDistance(found, name);
    if (distance >= least || distance >= name.size()) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

std::string Instead(std::string_view found, const std::vector<std::string>& known) {
  std::string text = Quoted(found) + "; allowed: " + Join(known);
  const std::string nearest = Nearest(found, known);
  if (!nearest.empty()) text += "; did you mean '" + nearest + "'?";
  return text;
}

std::string Join(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string Quoted(std::string_view text) {
  const bool cut = text.size() > kLongestExcerpt;
  const nlohmann::json shown = cut ? Cut(text) : text;
  const std::string escaped = shown.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return "'" + escaped.substr(1, escaped.size() - 2) + (cut ? "…'" : "'");
}

}  // namespace ablate
