// A language that a small model learns in seconds.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ablate::testing {

// `pairs` sentences of 1 … 8 words out of 12, and 20 more for validation; the translation is word
// by word. Written as an encoded corpus; the path is in a temporary folder.
std::filesystem::path WriteToyCorpus(int64_t pairs);

}  // namespace ablate::testing
