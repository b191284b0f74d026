#include <array>
#include <stdexcept>
#include <string>

#include "model/data/phrasebook/lexicon.h"

namespace ablate::phrasebook {
namespace {

constexpr Gender kM = Gender::kMasculine;
constexpr Gender kF = Gender::kFeminine;

// clang-format off
constexpr std::array kNames = {
    Name{"Paul", kM}, Name{"Pierre", kM}, Name{"Antoine", kM}, Name{"Émile", kM}, Name{"Louis", kM},
    Name{"Adrien", kM}, Name{"Thomas", kM}, Name{"Victor", kM}, Name{"Olivier", kM}, Name{"Luc",
         kM},
    Name{"Marie", kF}, Name{"Anna", kF}, Name{"Julie", kF}, Name{"Emma", kF}, Name{"Sophie", kF},
    Name{"Isabelle", kF}, Name{"Claire", kF}, Name{"Alice", kF}, Name{"Hélène", kF},
         Name{"Louise", kF},
};

constexpr std::array kRegions = {
    Region{"Paris", "à Paris", "de Paris"},
    Region{"London", "à Londres", "de Londres"},
    Region{"Lyon", "à Lyon", "de Lyon"},
    Region{"Brussels", "à Bruxelles", "de Bruxelles"},
    Region{"Geneva", "à Genève", "de Genève"},
    Region{"Athens", "à Athènes", "d'Athènes"},
    Region{"France", "en France", "de France"},
    Region{"England", "en Angleterre", "d'Angleterre"},
    Region{"Germany", "en Allemagne", "d'Allemagne"},
    Region{"Italy", "en Italie", "d'Italie"},
    Region{"Spain", "en Espagne", "d'Espagne"},
    Region{"Japan", "au Japon", "du Japon"},
    Region{"Canada", "au Canada", "du Canada"},
    Region{"Portugal", "au Portugal", "du Portugal"},
    Region{"the United States", "aux États-Unis", "des États-Unis"},
    Region{"the Netherlands", "aux Pays-Bas", "des Pays-Bas"},
};

constexpr std::array kTimePhrases = {
    TimePhrase{"now", "maintenant", kNow},
    TimePhrase{"at the moment", "en ce moment", kNow},
    TimePhrase{"today", "aujourd'hui", kNow},
    TimePhrase{"every day", "tous les jours", kHabit},
    TimePhrase{"every morning", "chaque matin", kHabit},
    TimePhrase{"every evening", "chaque soir", kHabit},
    TimePhrase{"every year", "chaque année", kHabit},
    TimePhrase{"on Mondays", "le lundi", kHabit},
    TimePhrase{"on Tuesdays", "le mardi", kHabit},
    TimePhrase{"on Wednesdays", "le mercredi", kHabit},
    TimePhrase{"on Saturdays", "le samedi", kHabit},
    TimePhrase{"on Sundays", "le dimanche", kHabit},
    TimePhrase{"in summer", "en été", kHabit},
    TimePhrase{"in winter", "en hiver", kHabit},
    TimePhrase{"in spring", "au printemps", kHabit},
    TimePhrase{"in autumn", "en automne", kHabit},
    TimePhrase{"yesterday", "hier", kPastTime},
    TimePhrase{"yesterday morning", "hier matin", kPastTime},
    TimePhrase{"last night", "hier soir", kPastTime},
    TimePhrase{"last week", "la semaine dernière", kPastTime},
    TimePhrase{"last month", "le mois dernier", kPastTime},
    TimePhrase{"last year", "l'année dernière", kPastTime},
    TimePhrase{"last Monday", "lundi dernier", kPastTime},
    TimePhrase{"last Thursday", "jeudi dernier", kPastTime},
    TimePhrase{"this morning", "ce matin", kPastTime},
    TimePhrase{"tomorrow", "demain", kFutureTime},
    TimePhrase{"tomorrow morning", "demain matin", kFutureTime},
    TimePhrase{"tomorrow evening", "demain soir", kFutureTime},
    TimePhrase{"tonight", "ce soir", kFutureTime},
    TimePhrase{"next week", "la semaine prochaine", kFutureTime},
    TimePhrase{"next month", "le mois prochain", kFutureTime},
    TimePhrase{"next year", "l'année prochaine", kFutureTime},
    TimePhrase{"next Friday", "vendredi prochain", kFutureTime},
};

constexpr std::array kFrequencyAdverbs = {
    Adverb{"always", "toujours", true, 0}, Adverb{"often", "souvent", true, 0},
    Adverb{"sometimes", "parfois", true, 0}, Adverb{"rarely", "rarement", true, 0},
};

constexpr std::array kMannerAdverbs = {
    Adverb{"well", "bien", true, kSkilled},
    Adverb{"badly", "mal", true, kSkilled},
    Adverb{"a lot", "beaucoup", true, kMeasured},
    Adverb{"too much", "trop", true, kMeasured},
    Adverb{"slowly", "lentement", false, kPaced},
    Adverb{"quickly", "vite", false, kPaced},
    Adverb{"early", "tôt", false, kTimed},
    Adverb{"late", "tard", false, kTimed},
};

constexpr std::array kPrepositions = {
    Preposition{"at", "à", kAtPlace},
    Preposition{"in", "dans", kInPlace | kContainer},
    Preposition{"on", "sur", kSurface},
    Preposition{"under", "sous", kSurface | kLandmark},
    Preposition{"behind", "derrière", kBuilding | kLandmark | kFurniture},
    Preposition{"in front of", "devant", kBuilding | kOpenable | kVehicle},
    Preposition{"next to", "à côté de", kFurniture | kBuilding | kLandmark},
    Preposition{"near", "près de", kBuilding | kCrossed | kOpenable},
    Preposition{"to", "à", kAtPlace},
    Preposition{"into", "dans", kInPlace},
};

constexpr std::array kQuantities = {
    Quantity{"a lot of", "a lot of", "beaucoup de",
             kFood | kDrink | kThing | kAnimal | kPlant | kIdea},
    Quantity{"too much", "too many", "trop de", kFood | kDrink | kThing | kIdea},
    Quantity{"enough", "enough", "assez de", kFood | kDrink | kThing},
    Quantity{"a little", "", "un peu de", kFood | kDrink},
    Quantity{"a kilo of", "a kilo of", "un kilo de", kFood},
    Quantity{"a glass of", "", "un verre de", kDrink},
    Quantity{"a cup of", "", "une tasse de", kDrink},
    Quantity{"a bottle of", "", "une bouteille de", kDrink},
    Quantity{"two litres of", "", "deux litres de", kDrink},
};

constexpr std::array kTimeUnits = {
    Unit{"minute", "minutes", "minute", "minutes", kF},
    Unit{"hour", "hours", "heure", "heures", kF},
    Unit{"day", "days", "jour", "jours", kM},
    Unit{"week", "weeks", "semaine", "semaines", kF},
    Unit{"month", "months", "mois", "mois", kM},
    Unit{"year", "years", "an", "ans", kM},
};

constexpr std::array kMonths = {
    Unit{"January", "", "janvier", "", kM}, Unit{"February", "", "février", "", kM},
    Unit{"March", "", "mars", "", kM}, Unit{"April", "", "avril", "", kM},
    Unit{"May", "", "mai", "", kM}, Unit{"June", "", "juin", "", kM},
    Unit{"July", "", "juillet", "", kM}, Unit{"August", "", "août", "", kM},
    Unit{"September", "", "septembre", "", kM}, Unit{"October", "", "octobre", "", kM},
    Unit{"November", "", "novembre", "", kM}, Unit{"December", "", "décembre", "", kM},
};

constexpr std::array kLinks = {
    Link{"and", "et"}, Link{", but", ", mais"}, Link{"because", "parce que"},
    Link{"that", "que"},
};
// clang-format on

template <typename T, typename Key>
const T& Find(std::span<const T> table, std::string_view wanted, Key key) {
  for (const T& entry : table) {
    if (key(entry) == wanted) return entry;
  }
  throw std::out_of_range("the phrasebook has no entry \"" + std::string(wanted) + "\"");
}

constexpr auto kEnglish = [](const auto& entry) { return entry.english; };

}  // namespace

std::span<const Name> Names() { return kNames; }
std::span<const Region> Regions() { return kRegions; }
std::span<const TimePhrase> TimePhrases() { return kTimePhrases; }
std::span<const Adverb> FrequencyAdverbs() { return kFrequencyAdverbs; }
std::span<const Adverb> MannerAdverbs() { return kMannerAdverbs; }
std::span<const Preposition> Prepositions() { return kPrepositions; }
std::span<const Quantity> Quantities() { return kQuantities; }
std::span<const Unit> TimeUnits() { return kTimeUnits; }
std::span<const Unit> Months() { return kMonths; }
std::span<const Link> Links() { return kLinks; }

const Noun& FindNoun(std::string_view english) { return Find(Nouns(), english, kEnglish); }
const Adjective& FindAdjective(std::string_view english) {
  return Find(Adjectives(), english, kEnglish);
}
const Region& FindRegion(std::string_view english) { return Find(Regions(), english, kEnglish); }
const TimePhrase& FindTime(std::string_view english) {
  return Find(TimePhrases(), english, kEnglish);
}
const Preposition& FindPreposition(std::string_view english) {
  return Find(Prepositions(), english, kEnglish);
}
const Link& FindLink(std::string_view english) { return Find(Links(), english, kEnglish); }

const Verb& FindVerb(std::string_view english, Frame frame) {
  return Find(Verbs(), english, [&](const Verb& verb) {
    return verb.frame == frame ? verb.english : std::string_view();
  });
}

const Profession& FindProfession(std::string_view english) {
  return Find(Professions(), english,
              [](const Profession& entry) { return entry.masculine.english; });
}

const Name& FindName(std::string_view text) {
  return Find(Names(), text, [](const Name& name) { return name.text; });
}

const Adverb& FindAdverb(std::string_view english) {
  for (const Adverb& adverb : FrequencyAdverbs()) {
    if (adverb.english == english) return adverb;
  }
  return Find(MannerAdverbs(), english, kEnglish);
}

const Quantity& FindQuantity(std::string_view english) {
  return Find(Quantities(), english, [&](const Quantity& entry) {
    return entry.english_mass == english ? entry.english_mass : entry.english_plural;
  });
}

const Unit& FindUnit(std::string_view english) {
  for (const Unit& month : Months()) {
    if (month.english == english) return month;
  }
  return Find(TimeUnits(), english, kEnglish);
}

}  // namespace ablate::phrasebook
