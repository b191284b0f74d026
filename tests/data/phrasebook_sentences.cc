#include "tests/data/phrasebook_sentences.h"

namespace ablate::phrasebook {

NounPhrase Pronoun(Agreement who) {
  NounPhrase phrase;
  phrase.kind = NounPhrase::Kind::kPronoun;
  phrase.pronoun = who;
  return phrase;
}

NounPhrase Named(std::initializer_list<std::string_view> names) {
  NounPhrase phrase;
  phrase.kind = NounPhrase::Kind::kNames;
  for (std::string_view name : names) phrase.names.push_back(&FindName(name));
  return phrase;
}

NounPhrase Special(NounPhrase::Kind kind) {
  NounPhrase phrase;
  phrase.kind = kind;
  return phrase;
}

NounPhrase A(std::string_view noun, Determiner determiner,
             std::initializer_list<std::string_view> adjectives) {
  NounPhrase phrase;
  phrase.noun = &FindNoun(noun);
  phrase.determiner = determiner;
  for (std::string_view adjective : adjectives) {
    phrase.adjectives.push_back(&FindAdjective(adjective));
  }
  return phrase;
}

NounPhrase The(std::string_view noun, std::initializer_list<std::string_view> adjectives) {
  return A(noun, Determiner::kDefinite, adjectives);
}

NounPhrase Some(int number, std::string_view noun) {
  NounPhrase phrase = A(noun, Determiner::kNumber);
  phrase.number = number;
  phrase.plural = number > 1;
  return phrase;
}

NounPhrase Of(Agreement owner, std::string_view noun,
              std::initializer_list<std::string_view> adjectives) {
  NounPhrase phrase = A(noun, Determiner::kPossessive, adjectives);
  phrase.owner = owner;
  return phrase;
}

NounPhrase Amount(std::string_view quantity, std::string_view noun) {
  NounPhrase phrase = A(noun, Determiner::kQuantity);
  phrase.quantity = &FindQuantity(quantity);
  phrase.plural = !phrase.noun->mass();
  return phrase;
}

NounPhrase BakerLike(std::string_view profession,
                     std::initializer_list<std::string_view> adjectives) {
  NounPhrase phrase;
  phrase.kind = NounPhrase::Kind::kProfession;
  phrase.profession = &FindProfession(profession);
  for (std::string_view adjective : adjectives) {
    phrase.adjectives.push_back(&FindAdjective(adjective));
  }
  return phrase;
}

NounPhrase Many(NounPhrase phrase) {
  phrase.plural = true;
  return phrase;
}

NounPhrase WhoDoes(NounPhrase phrase, std::string_view verb, NounPhrase object) {
  Clause relative;
  relative.verb = &FindVerb(verb, Frame::kTransitive);
  relative.object = std::move(object);
  phrase.relative = std::make_shared<Clause>(std::move(relative));
  return phrase;
}

Said::Said(NounPhrase subject, std::string_view verb, Frame frame)
    : Said(std::move(subject), FindVerb(verb, frame)) {}

Said::Said(NounPhrase subject, const Verb& verb) {
  clause_.subject = std::move(subject);
  clause_.verb = &verb;
}

Said& Said::In(Tense tense) {
  clause_.tense = tense;
  return *this;
}

Said& Said::Denied(Polarity polarity) {
  clause_.polarity = polarity;
  return *this;
}

Said& Said::Governed(std::string_view verb, Frame frame) {
  clause_.governor = &FindVerb(verb, frame);
  return *this;
}

Said& Said::Object(NounPhrase object) {
  clause_.object = std::move(object);
  return *this;
}

Said& Said::To(NounPhrase recipient) {
  clause_.recipient = std::move(recipient);
  return *this;
}

Said& Said::Adverb(std::string_view adverb) {
  const phrasebook::Adverb& entry = FindAdverb(adverb);
  (entry.verbs == 0 ? clause_.frequency : clause_.manner) = &entry;
  return *this;
}

Said& Said::With(Complement complement) {
  clause_.complement = std::move(complement);
  return *this;
}

Said& Said::Quality(std::string_view adjective, Degree degree) {
  return With(phrasebook::Quality{&FindAdjective(adjective), degree, nullptr});
}

Said& Said::Than(NounPhrase than) {
  std::get<phrasebook::Quality>(clause_.complement).than =
      std::make_shared<NounPhrase>(std::move(than));
  return *this;
}

Said& Said::At(std::string_view preposition, NounPhrase place) {
  return When(Place{&FindPreposition(preposition), std::move(place)});
}

Said& Said::When(Adjunct adjunct) {
  clause_.adjuncts.push_back(std::move(adjunct));
  return *this;
}

Said& Said::Time(std::string_view phrase) { return When(&FindTime(phrase)); }

Said::operator Sentence() const {
  Sentence sentence;
  sentence.clause = clause_;
  return sentence;
}

Sentence Said::Asking(Asked asked) const {
  Sentence sentence = *this;
  sentence.mood = Mood::kQuestion;
  sentence.asked = asked;
  return sentence;
}

Sentence Said::Command(Mood mood) const {
  Sentence sentence = *this;
  sentence.mood = mood;
  return sentence;
}

Sentence Said::After(std::string_view time) const {
  Sentence sentence = *this;
  sentence.opening = &FindTime(time);
  return sentence;
}

Sentence Said::Linked(std::string_view link, const Said& second) const {
  Sentence sentence = *this;
  sentence.link = &FindLink(link);
  sentence.second = second.clause_;
  return sentence;
}

}  // namespace ablate::phrasebook
