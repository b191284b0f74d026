// Short ways to build abstract sentences of the phrasebook for tests.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "model/data/phrasebook/sentence.h"

namespace ablate::phrasebook {

inline constexpr Agreement kI{1, false, Gender::kMasculine};
inline constexpr Agreement kYou{2, true, Gender::kMasculine};
inline constexpr Agreement kHe{3, false, Gender::kMasculine};
inline constexpr Agreement kShe{3, false, Gender::kFeminine};
inline constexpr Agreement kWe{1, true, Gender::kMasculine};
inline constexpr Agreement kThey{3, true, Gender::kMasculine};

NounPhrase Pronoun(Agreement who);
NounPhrase Named(std::initializer_list<std::string_view> names);
NounPhrase Special(NounPhrase::Kind kind);
// A noun with the adjectives, e.g. A("car", Determiner::kThis, {"old"}).
NounPhrase The(std::string_view noun, std::initializer_list<std::string_view> adjectives = {});
NounPhrase A(std::string_view noun, Determiner determiner,
             std::initializer_list<std::string_view> adjectives = {});
NounPhrase Some(int number, std::string_view noun);
NounPhrase Of(Agreement owner, std::string_view noun,
              std::initializer_list<std::string_view> adjectives = {});
NounPhrase Amount(std::string_view quantity, std::string_view noun);
NounPhrase BakerLike(std::string_view profession,
                     std::initializer_list<std::string_view> adjectives = {});
// The same in the plural.
NounPhrase Many(NounPhrase phrase);
NounPhrase WhoDoes(NounPhrase phrase, std::string_view verb, NounPhrase object);

// A clause that is filled in word by word: Said(Pronoun(kHe), "eat").Past().Object(The("cake")).
class Said {
 public:
  Said(NounPhrase subject, std::string_view verb, Frame frame = Frame::kTransitive);
  Said(NounPhrase subject, const Verb& verb);

  Said& In(Tense tense);
  Said& Denied(Polarity polarity = Polarity::kNot);
  Said& Governed(std::string_view verb, Frame frame = Frame::kInfinitive);
  Said& Object(NounPhrase object);
  Said& To(NounPhrase recipient);
  Said& Adverb(std::string_view adverb);
  Said& With(Complement complement);
  Said& Quality(std::string_view adjective, Degree degree = Degree::kPlain);
  Said& Than(NounPhrase than);
  Said& At(std::string_view preposition, NounPhrase place);
  Said& When(Adjunct adjunct);
  Said& Time(std::string_view phrase);

  operator Sentence() const;  // NOLINT: a statement is what a clause is for
  Sentence Asking(Asked asked = Asked::kTruth) const;
  Sentence Command(Mood mood = Mood::kImperative) const;
  Sentence After(std::string_view time) const;
  Sentence Linked(std::string_view link, const Said& second) const;

 private:
  Clause clause_;
};

}  // namespace ablate::phrasebook
