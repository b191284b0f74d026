#include "harness/run/curve_comparison.h"

#include <algorithm>

namespace ablate {
namespace {

constexpr const char* kClock = "train_s";
constexpr size_t kMostLines = 5;

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(separator, start), text.size());
    parts.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::vector<std::string> Lines(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text.empty() ? std::vector<std::string>() : Split(text, '\n');
}

// The value of each row in the column called `name`; "absent" where there is none.
std::string Value(const std::vector<std::string>& header, const std::vector<std::string>& row,
                  const std::string& name) {
  const auto place =
      static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  if (place == header.size()) return "absent";
  return place < row.size() ? row[place] : "";
}

}  // namespace

std::vector<std::string> CurveDifferences(std::string_view there, std::string_view here,
                                          bool same_length) {
  const std::vector<std::string> a = Lines(there);
  const std::vector<std::string> b = Lines(here);
  if (a.empty() || b.empty())
    return {a.empty() == b.empty() ? "neither has a curve" : "one has no curve"};
  const std::vector<std::string> header_a = Split(a[0], ',');
  const std::vector<std::string> header_b = Split(b[0], ',');
  std::vector<std::string> differences;
  for (size_t i = 1; i < std::min(a.size(), b.size()) && differences.size() < kMostLines; ++i) {
    const std::vector<std::string> row_a = Split(a[i], ',');
    const std::vector<std::string> row_b = Split(b[i], ',');
    for (const std::string& name : header_a) {
      const std::string was = Value(header_a, row_a, name);
      const std::string is = Value(header_b, row_b, name);
      if (name == kClock || was == is) continue;
      differences.push_back("row " + std::to_string(i) + ", " + name + ": " + was + " there, " +
                            is + " here");
    }
  }
  if (same_length && a.size() != b.size()) {
    differences.push_back(std::to_string(a.size() - 1) + " rows there, " +
                          std::to_string(b.size() - 1) + " here");
  }
  return differences;
}

}  // namespace ablate
