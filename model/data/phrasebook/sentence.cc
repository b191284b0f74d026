#include "model/data/phrasebook/sentence.h"

#include <algorithm>

namespace ablate::phrasebook {
namespace {

Agreement AgreementOfNames(const Few<const Name*, 2>& names) {
  const bool women = std::all_of(names.begin(), names.end(), [](const Name* name) {
    return name->gender == Gender::kFeminine;
  });
  return {3, names.size() > 1, women ? Gender::kFeminine : Gender::kMasculine};
}

}  // namespace

Agreement AgreementOf(const NounPhrase& phrase) {
  switch (phrase.kind) {
    case NounPhrase::Kind::kNoun:
      return {3, phrase.plural, phrase.noun->gender};
    case NounPhrase::Kind::kNames:
      return AgreementOfNames(phrase.names);
    case NounPhrase::Kind::kPronoun:
      return phrase.pronoun;
    default:
      return {};
  }
}

}  // namespace ablate::phrasebook
