// Words and runs of punctuation, the most frequent ones.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "model/data/vocabulary.h"

namespace ablate {

inline constexpr std::string_view kWordHeader = "ablate word vocabulary 1\n";

// What Python's re.findall(r"\w+|[^\w\s]+", text) gives: runs of letters, numbers and underscores,
// and runs of whatever is neither that nor white space. Bytes that are not UTF-8 count as
// punctuation.
std::vector<std::string_view> SplitIntoTokens(std::string_view text);

// The spec.size - 4 most frequent tokens that occur spec.min_frequency times, case kept; of equally
// frequent ones those that come first by code point. Where there is room for them, `ids` become
// those of `sentences`.
std::unique_ptr<Vocabulary> TrainWordVocabulary(const VocabularySpec& spec,
                                                const std::vector<std::string_view>& sentences,
                                                SequenceTable<int32_t>* ids = nullptr);

// `body` is what Serialise wrote after kWordHeader.
std::unique_ptr<Vocabulary> ParseWordVocabulary(std::string_view body);

}  // namespace ablate
