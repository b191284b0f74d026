#include "harness/report/format.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace ablate {
namespace {

constexpr double kNoDifference = 0.005;  // ratios closer to 1 print as 1.00x

std::string TwoDigits(int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

int64_t Whole(double value) { return static_cast<int64_t>(std::llround(value)); }

std::string ShareMore(double ratio) { return std::to_string(Whole(100 * (ratio - 1))) + "%"; }

}  // namespace

std::string Fixed(double value, int digits) {
  char text[64];
  const int length = std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return length < static_cast<int>(sizeof(text)) ? text : "very large";
}

std::string Count(double value) {
  std::string text = std::to_string(Whole(std::abs(value)));
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return value < 0 ? "-" + text : text;
}

std::string Duration(double seconds) {
  if (seconds < 0.9995) return Fixed(seconds * 1000, seconds < 0.00995 ? 1 : 0) + " ms";
  if (seconds < 9.95) return Fixed(seconds, 2) + " s";
  if (seconds < 59.95) return Fixed(seconds, 1) + " s";
  const int64_t whole = Whole(seconds);
  if (whole < 3600) return std::to_string(whole / 60) + " min " + TwoDigits(whole % 60) + " s";
  const int64_t minutes = Whole(seconds / 60);
  return std::to_string(minutes / 60) + " h " + TwoDigits(minutes % 60) + " min";
}

std::string Bytes(double bytes) {
  constexpr double kMiB = 1024.0 * 1024.0;
  if (bytes < kMiB * 99.95) return Fixed(bytes / kMiB, 1) + " MiB";
  if (bytes < kMiB * 1023.5) return Fixed(bytes / kMiB, 0) + " MiB";
  return Fixed(bytes / kMiB / 1024, 2) + " GiB";
}

std::string Percent(double share) { return Fixed(100 * share, share < 0.0995 ? 1 : 0) + "%"; }

std::string Multiple(double ratio) {
  if (ratio < 0.0995) return Fixed(ratio, 3) + "x";
  if (ratio < 1.995) return Fixed(ratio, 2) + "x";
  return Fixed(ratio, ratio < 9.95 ? 1 : 0) + "x";
}

std::string PValue(const std::optional<double>& p) {
  if (!p) return kAbsent;
  return *p < 0.001 ? "<0.001" : Fixed(*p, *p < 0.0995 ? 3 : 2);
}

std::string Reached(int64_t reached, int64_t runs) {
  return std::to_string(reached) + " of " + std::to_string(runs);
}

std::string Plural(int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string TimeWords(double ratio) {
  if (std::abs(std::log(ratio)) < kNoDifference) return "no difference";
  if (ratio < 1 / 1.1) return Multiple(1 / ratio) + " faster";
  if (ratio < 1) return std::to_string(Whole(100 * (1 - ratio))) + "% less time";
  if (ratio < 1.995) return ShareMore(ratio) + " more time";
  return Multiple(ratio) + " as long";
}

std::string AmountWords(double ratio) {
  if (std::abs(std::log(ratio)) < kNoDifference) return "no difference";
  if (ratio < 1) return std::to_string(Whole(100 * (1 - ratio))) + "% less";
  if (ratio < 1.995) return ShareMore(ratio) + " more";
  return Multiple(ratio) + " as much";
}

namespace {

std::string BoundedRatio(const Ratio& ratio, const std::string& noun,
                         std::string (*words)(double)) {
  if (!ratio.value) return kAbsent;
  const std::string multiple = Multiple(*ratio.value) + (noun.empty() ? "" : " " + noun);
  if (ratio.bound == Bound::kAtLeast) return "at least " + multiple;
  if (ratio.bound == Bound::kAtMost) return "at most " + multiple;
  return multiple + (words == nullptr ? "" : " (" + words(*ratio.value) + ")");
}

}  // namespace

std::string TimeRatio(const Ratio& ratio, const std::string& noun) {
  std::string text = BoundedRatio(ratio, noun, &TimeWords);
  if (ratio.bound == Bound::kAtMost && *ratio.value < 1 / 1.1) {
    text += " (at least " + TimeWords(*ratio.value) + ")";
  }
  return text;
}

std::string AmountRatio(const Ratio& ratio) { return BoundedRatio(ratio, "", &AmountWords); }

std::string PlainRatio(const Ratio& ratio) { return BoundedRatio(ratio, "", nullptr); }

std::string Limits(const std::optional<double>& low, const std::optional<double>& high) {
  return low && high ? Multiple(*low) + " to " + Multiple(*high) : kAbsent;
}

std::string Show(const Estimate& estimate, std::string (*format)(double)) {
  if (estimate.mean) return format(*estimate.mean);
  return estimate.at_least ? "at least " + format(*estimate.at_least) : kAbsent;
}

std::string ShowWithLimits(const Estimate& estimate, std::string (*format)(double)) {
  std::string text = Show(estimate, format);
  if (!estimate.low || !estimate.high) return text;
  const bool differ = format(*estimate.low) != text || format(*estimate.high) != text;
  if (differ) {
    text += " (" + format(*estimate.low) + " to " + format(*estimate.high) + ")";
  }
  return text;
}

}  // namespace ablate
