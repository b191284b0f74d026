// Subwords by byte-pair encoding, through SentencePiece.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "model/data/vocabulary.h"

namespace ablate {

inline constexpr std::string_view kBpeHeader = "ablate bpe vocabulary 1\n";

// SentencePiece's BPE with its default normalisation (nmt_nfkc: compatibility forms are unified,
// white space is collapsed), every character of the training split covered, one thread. spec.size
// is an upper bound: a small corpus may give fewer pieces. One that has more distinct characters
// than spec.size is an Error. min_frequency is not used.
std::unique_ptr<Vocabulary> TrainBpeVocabulary(const VocabularySpec& spec,
                                               const std::vector<std::string_view>& sentences);

// `body` is what Serialise wrote after kBpeHeader.
std::unique_ptr<Vocabulary> ParseBpeVocabulary(std::string_view body);

}  // namespace ablate
