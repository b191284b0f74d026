#include "model/data/pair_intake.h"

#include <utility>

#include "model/data/sentence_text.h"

namespace ablate {

void PairIntake::Add(std::string_view source, std::string_view target) {
  if (source.size() > kMaxLineBytes || target.size() > kMaxLineBytes) return AddTooLong();
  ++counts.read;
  if (!IsText(source) || !IsText(target)) {
    ++counts.invalid_utf8;
    return;
  }
  SentencePair pair{Trimmed(source), Trimmed(target)};
  if (pair.source.empty() || pair.target.empty()) {
    ++counts.empty;
    return;
  }
  pairs.push_back(std::move(pair));
}

void PairIntake::AddTranslated(std::string_view source, std::string_view target) {
  const size_t before = pairs.size();
  Add(source, target);
  if (pairs.size() == before || pairs.back().source != pairs.back().target) return;
  pairs.pop_back();
  ++counts.untranslated;
}

void PairIntake::AddTooLong() {
  ++counts.read;
  ++counts.too_long_line;
}

void PairIntake::AddUnpaired() {
  ++counts.read;
  ++counts.unpaired;
}

}  // namespace ablate
