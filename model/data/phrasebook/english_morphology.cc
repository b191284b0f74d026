#include "model/data/phrasebook/english_morphology.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>

namespace ablate::phrasebook {
namespace {

struct Irregular {
  std::string_view base, past, participle;
};

constexpr std::array kIrregulars = {
    Irregular{"be", "was", "been"},
    Irregular{"begin", "began", "begun"},
    Irregular{"break", "broke", "broken"},
    Irregular{"bring", "brought", "brought"},
    Irregular{"build", "built", "built"},
    Irregular{"buy", "bought", "bought"},
    Irregular{"choose", "chose", "chosen"},
    Irregular{"come", "came", "come"},
    Irregular{"cost", "cost", "cost"},
    Irregular{"cut", "cut", "cut"},
    Irregular{"do", "did", "done"},
    Irregular{"draw", "drew", "drawn"},
    Irregular{"drink", "drank", "drunk"},
    Irregular{"drive", "drove", "driven"},
    Irregular{"eat", "ate", "eaten"},
    Irregular{"fall", "fell", "fallen"},
    Irregular{"feed", "fed", "fed"},
    Irregular{"find", "found", "found"},
    Irregular{"forget", "forgot", "forgotten"},
    Irregular{"get", "got", "got"},
    Irregular{"give", "gave", "given"},
    Irregular{"go", "went", "gone"},
    Irregular{"have", "had", "had"},
    Irregular{"hear", "heard", "heard"},
    Irregular{"hide", "hid", "hidden"},
    Irregular{"keep", "kept", "kept"},
    Irregular{"know", "knew", "known"},
    Irregular{"leave", "left", "left"},
    Irregular{"lend", "lent", "lent"},
    Irregular{"lose", "lost", "lost"},
    Irregular{"make", "made", "made"},
    Irregular{"meet", "met", "met"},
    Irregular{"pay", "paid", "paid"},
    Irregular{"put", "put", "put"},
    Irregular{"read", "read", "read"},
    Irregular{"run", "ran", "run"},
    Irregular{"say", "said", "said"},
    Irregular{"see", "saw", "seen"},
    Irregular{"sell", "sold", "sold"},
    Irregular{"send", "sent", "sent"},
    Irregular{"show", "showed", "shown"},
    Irregular{"sing", "sang", "sung"},
    Irregular{"sleep", "slept", "slept"},
    Irregular{"speak", "spoke", "spoken"},
    Irregular{"steal", "stole", "stolen"},
    Irregular{"swim", "swam", "swum"},
    Irregular{"take", "took", "taken"},
    Irregular{"tell", "told", "told"},
    Irregular{"think", "thought", "thought"},
    Irregular{"understand", "understood", "understood"},
    Irregular{"wake", "woke", "woken"},
    Irregular{"wear", "wore", "worn"},
    Irregular{"write", "wrote", "written"},
};

// Verbs whose last consonant doubles before -ed and -ing.
constexpr std::array<std::string_view, 10> kDoubling = {
    "begin", "cut", "forget", "get", "prefer", "put", "run", "swim", "travel", "sit"};
// The h isn't heard; the u is heard as "you".
constexpr std::array<std::string_view, 3> kSilentH = {"honest", "hour", "heir"};
constexpr std::array<std::string_view, 5> kYouSound = {"uni", "use", "euro", "Euro", "one"};

const Irregular* FindIrregular(std::string_view base) {
  static const auto known = [] {
    std::unordered_map<std::string_view, const Irregular*> verbs;
    for (const Irregular& entry : kIrregulars) verbs.emplace(entry.base, &entry);
    return verbs;
  }();
  const auto found = known.find(base);
  return found == known.end() ? nullptr : found->second;
}

bool EndsInConsonantY(std::string_view word) {
  return word.size() > 1 && word.ends_with('y') &&
         std::string_view("aeiou").find(word[word.size() - 2]) == std::string_view::npos;
}

bool Doubles(std::string_view base) {
  return std::find(kDoubling.begin(), kDoubling.end(), base) != kDoubling.end();
}

bool StartsWithAny(std::string_view word, std::span<const std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return word.starts_with(start); });
}

std::string RegularPast(std::string_view base) {
  const std::string word(base);
  if (base.ends_with('e')) return word + "d";
  if (EndsInConsonantY(base)) return word.substr(0, word.size() - 1) + "ied";
  return Doubles(base) ? word + word.back() + "ed" : word + "ed";
}

}  // namespace

std::string EnglishThirdPerson(std::string_view base) {
  if (base == "have") return "has";
  const std::string word(base);
  if (EndsInConsonantY(base)) return word.substr(0, word.size() - 1) + "ies";
  const bool hisses = base.ends_with("s") || base.ends_with("sh") || base.ends_with("ch") ||
                      base.ends_with("x") || base.ends_with("o");
  return word + (hisses ? "es" : "s");
}

std::string EnglishPast(std::string_view base) {
  const Irregular* irregular = FindIrregular(base);
  return irregular ? std::string(irregular->past) : RegularPast(base);
}

std::string EnglishParticiple(std::string_view base) {
  const Irregular* irregular = FindIrregular(base);
  return irregular ? std::string(irregular->participle) : RegularPast(base);
}

std::string EnglishGerund(std::string_view base) {
  const std::string word(base);
  if (base == "die") return "dying";
  if (base == "be" || base == "see") return word + "ing";
  if (base.ends_with('e')) return word.substr(0, word.size() - 1) + "ing";
  return Doubles(base) ? word + word.back() + "ing" : word + "ing";
}

std::string_view EnglishBe(Agreement subject, bool past) {
  const bool many = subject.plural || subject.person == 2;
  if (past) return many ? "were" : "was";
  if (many) return "are";
  return subject.person == 1 ? "am" : "is";
}

std::string EnglishNegated(std::string_view auxiliary) {
  if (auxiliary == "am") return "am not";
  if (auxiliary == "will") return "won't";
  if (auxiliary == "can") return "can't";
  return std::string(auxiliary) + "n't";
}

std::string_view EnglishArticleBefore(std::string_view word) {
  if (StartsWithAny(word, kSilentH)) return "an";
  if (StartsWithAny(word, kYouSound)) return "a";
  return std::string_view("aeiouAEIOU").find(word.front()) == std::string_view::npos ? "a" : "an";
}

}  // namespace ablate::phrasebook
