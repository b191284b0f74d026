// Numbers and ratios in words that cannot be misread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/report/summary.h"

namespace ablate {

inline constexpr const char* kAbsent = "–";  // stands where there is no value

std::string Fixed(double value, int digits);  // "1.80"
std::string Count(double value);              // "12,345"
std::string Duration(double seconds);         // "0.43 s", "5.2 s", "2 min 03 s", "1 h 02 min"
std::string Bytes(double bytes);              // "412 MiB", "1.32 GiB"
std::string Percent(double share);            // 0.873 -> "87%"
std::string Multiple(double ratio);           // "0.43x", "2.3x", "12x"
std::string PValue(const std::optional<double>& p);          // "0.031", "<0.001"
std::string Reached(int64_t reached, int64_t runs);          // "2 of 3"
std::string Plural(int64_t count, const std::string& noun);  // "1 run", "2 runs"

// What a ratio of times means: "2.3x faster", "4% less time", "30% more time", "3.1x as long".
std::string TimeWords(double ratio);
// What a ratio of amounts means: "38% less", "80% more", "3.1x as much".
std::string AmountWords(double ratio);

// A ratio and its meaning: "0.43x the time (2.3x faster)" where `noun` is "the time". Bounds are
// printed as bounds: "at least 3.1x", "at most 0.32x (at least 3.1x faster)".
std::string TimeRatio(const Ratio& ratio, const std::string& noun = "");
std::string AmountRatio(const Ratio& ratio);
// A ratio of ratios: "0.43x", "at least 1.2x".
std::string PlainRatio(const Ratio& ratio);
// "0.40x to 0.46x", or the dash where there are no limits.
std::string Limits(const std::optional<double>& low, const std::optional<double>& high);

// An estimate through one of the functions above: "5.2 s", "at least 20 s", the dash.
std::string Show(const Estimate& estimate, std::string (*format)(double));
// The same with limits behind, where they print differently: "5.2 s (4.9 s to 5.6 s)".
std::string ShowWithLimits(const Estimate& estimate, std::string (*format)(double));

}  // namespace ablate
