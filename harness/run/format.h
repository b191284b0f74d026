// Numbers as a terminal shows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ablate {

std::string FormatFixed(double value, int decimals);  // 5.25, 1 -> "5.3"
std::string FormatDuration(double seconds);           // "5.2 s", "3 min 12 s", "1 h 05 min"
std::string FormatGrouped(int64_t count);             // 4310 -> "4,310"
std::string FormatRate(double per_second);            // 21342 -> "21.3k"
std::string FormatBytes(double bytes);                // "512 MiB", "7.8 GiB"

// `text` (UTF-8) within `width` columns, its end replaced by "…" where it is longer.
std::string FitWidth(std::string_view text, size_t width);
size_t DisplayWidth(std::string_view text);  // code points

}  // namespace ablate
