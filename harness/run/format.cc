#include "harness/run/format.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace ablate {
namespace {

bool StartsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::string TwoDigits(int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

}  // namespace

std::string FormatFixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string FormatDuration(double seconds) {
  if (seconds < 59.95) return FormatFixed(seconds, 1) + " s";
  const int64_t whole = std::llround(seconds);
  if (whole < 3600) return std::to_string(whole / 60) + " min " + TwoDigits(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + TwoDigits(whole % 3600 / 60) + " min";
}

std::string FormatGrouped(int64_t count) {
  std::string digits = std::to_string(count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string FormatRate(double per_second) {
  if (per_second < 999.5) return FormatFixed(per_second, 0);
  if (per_second < 999.95e3) return FormatFixed(per_second / 1e3, 1) + "k";
  return FormatFixed(per_second / 1e6, 2) + "M";
}

std::string FormatBytes(double bytes) {
  constexpr double kMebibyte = 1 << 20;
  if (bytes < 1024 * kMebibyte) return FormatFixed(bytes / kMebibyte, 0) + " MiB";
  return FormatFixed(bytes / (1024 * kMebibyte), 1) + " GiB";
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (const char c : text) width += StartsCodePoint(c) ? 1 : 0;
  return width;
}

std::string FitWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t seen = 0;
  size_t end = 0;
  while (end < text.size() && (seen += StartsCodePoint(text[end]) ? 1 : 0) < width) ++end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace ablate
