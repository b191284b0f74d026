#include "model/data/phrasebook/french_verbs.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace ablate::phrasebook {
namespace {

struct Irregular {
  std::string_view infinitive;
  std::array<std::string_view, 6> present;
  std::string_view future_stem;
  std::string_view participle;
};

// clang-format off
constexpr std::array kIrregulars = {
    Irregular{"être", {"suis", "es", "est", "sommes", "êtes", "sont"}, "ser", "été"},
    Irregular{"avoir", {"ai", "as", "a", "avons", "avez", "ont"}, "aur", "eu"},
    Irregular{"aller", {"vais", "vas", "va", "allons", "allez", "vont"}, "ir", "allé"},
    Irregular{"faire", {"fais", "fais", "fait", "faisons", "faites", "font"}, "fer", "fait"},
    Irregular{"prendre", {"prends", "prends", "prend", "prenons", "prenez", "prennent"},
              "prendr", "pris"},
    Irregular{"apprendre",
              {"apprends", "apprends", "apprend", "apprenons", "apprenez", "apprennent"},
              "apprendr", "appris"},
    Irregular{"comprendre",
              {"comprends", "comprends", "comprend", "comprenons", "comprenez", "comprennent"},
              "comprendr", "compris"},
    Irregular{"voir", {"vois", "vois", "voit", "voyons", "voyez", "voient"}, "verr", "vu"},
    Irregular{"venir", {"viens", "viens", "vient", "venons", "venez", "viennent"},
              "viendr", "venu"},
    Irregular{"revenir", {"reviens", "reviens", "revient", "revenons", "revenez", "reviennent"},
              "reviendr", "revenu"},
    Irregular{"souvenir",
              {"souviens", "souviens", "souvient", "souvenons", "souvenez", "souviennent"},
              "souviendr", "souvenu"},
    Irregular{"mettre", {"mets", "mets", "met", "mettons", "mettez", "mettent"}, "mettr", "mis"},
    Irregular{"lire", {"lis", "lis", "lit", "lisons", "lisez", "lisent"}, "lir", "lu"},
    Irregular{"écrire", {"écris", "écris", "écrit", "écrivons", "écrivez", "écrivent"},
              "écrir", "écrit"},
    Irregular{"dire", {"dis", "dis", "dit", "disons", "dites", "disent"}, "dir", "dit"},
    Irregular{"conduire",
              {"conduis", "conduis", "conduit", "conduisons", "conduisez", "conduisent"},
              "conduir", "conduit"},
    Irregular{"construire",
              {"construis", "construis", "construit", "construisons", "construisez",
              "construisent"},
              "construir", "construit"},
    Irregular{"vouloir", {"veux", "veux", "veut", "voulons", "voulez", "veulent"},
              "voudr", "voulu"},
    Irregular{"pouvoir", {"peux", "peux", "peut", "pouvons", "pouvez", "peuvent"}, "pourr", "pu"},
    Irregular{"devoir", {"dois", "dois", "doit", "devons", "devez", "doivent"}, "devr", "dû"},
    Irregular{"savoir", {"sais", "sais", "sait", "savons", "savez", "savent"}, "saur", "su"},
    Irregular{"boire", {"bois", "bois", "boit", "buvons", "buvez", "boivent"}, "boir", "bu"},
    Irregular{"croire", {"crois", "crois", "croit", "croyons", "croyez", "croient"},
              "croir", "cru"},
    Irregular{"recevoir", {"reçois", "reçois", "reçoit", "recevons", "recevez", "reçoivent"},
              "recevr", "reçu"},
    Irregular{"connaître",
              {"connais", "connais", "connaît", "connaissons", "connaissez", "connaissent"},
              "connaîtr", "connu"},
    Irregular{"reconnaître",
              {"reconnais", "reconnais", "reconnaît", "reconnaissons", "reconnaissez",
              "reconnaissent"},
              "reconnaîtr", "reconnu"},
    Irregular{"naître", {"nais", "nais", "naît", "naissons", "naissez", "naissent"}, "naîtr", "né"},
    Irregular{"mourir", {"meurs", "meurs", "meurt", "mourons", "mourez", "meurent"},
              "mourr", "mort"},
    Irregular{"courir", {"cours", "cours", "court", "courons", "courez", "courent"},
              "courr", "couru"},
    Irregular{"ouvrir", {"ouvre", "ouvres", "ouvre", "ouvrons", "ouvrez", "ouvrent"},
              "ouvrir", "ouvert"},
    Irregular{"offrir", {"offre", "offres", "offre", "offrons", "offrez", "offrent"},
              "offrir", "offert"},
    Irregular{"dormir", {"dors", "dors", "dort", "dormons", "dormez", "dorment"},
              "dormir", "dormi"},
    Irregular{"partir", {"pars", "pars", "part", "partons", "partez", "partent"},
              "partir", "parti"},
    Irregular{"sortir", {"sors", "sors", "sort", "sortons", "sortez", "sortent"},
              "sortir", "sorti"},
    Irregular{"suivre", {"suis", "suis", "suit", "suivons", "suivez", "suivent"}, "suivr", "suivi"},
    Irregular{"rire", {"ris", "ris", "rit", "rions", "riez", "rient"}, "rir", "ri"},
    Irregular{"sourire", {"souris", "souris", "sourit", "sourions", "souriez", "sourient"},
              "sourir", "souri"},
    Irregular{"pleuvoir", {"", "", "pleut", "", "", ""}, "pleuvr", "plu"},
    Irregular{"envoyer", {"envoie", "envoies", "envoie", "envoyons", "envoyez", "envoient"},
              "enverr", "envoyé"},
};
// clang-format on

constexpr std::array<std::string_view, 6> kErEndings = {"e", "es", "e", "ons", "ez", "ent"};
constexpr std::array<std::string_view, 6> kIrEndings = {"is",     "is",    "it",
                                                        "issons", "issez", "issent"};
constexpr std::array<std::string_view, 6> kReEndings = {"s", "s", "", "ons", "ez", "ent"};
constexpr std::array<std::string_view, 6> kImparfaitEndings = {"ais",  "ais", "ait",
                                                               "ions", "iez", "aient"};
constexpr std::array<std::string_view, 6> kFuturEndings = {"ai", "as", "a", "ons", "ez", "ont"};

constexpr std::array<std::string_view, 12> kEtreVerbs = {
    "aller",  "venir",  "revenir", "arriver",   "partir", "sortir",
    "rester", "tomber", "rentrer", "retourner", "mourir", "naître"};

const Irregular* FindIrregular(std::string_view infinitive) {
  static const auto known = [] {
    std::unordered_map<std::string_view, const Irregular*> verbs;
    for (const Irregular& entry : kIrregulars) verbs.emplace(entry.infinitive, &entry);
    return verbs;
  }();
  const auto found = known.find(infinitive);
  return found == known.end() ? nullptr : found->second;
}

std::string Replaced(std::string_view text, size_t at, size_t length, std::string_view with) {
  return std::string(text.substr(0, at)).append(with).append(text.substr(at + length));
}

// The stem of an -er verb before an e that is not heard: achète, appelle, répète, nettoie.
std::string StemBeforeMuteE(std::string_view stem, bool future) {
  if (stem.ends_with("appel") || stem.ends_with("jet")) return std::string(stem) + stem.back();
  if (stem.ends_with("y")) return Replaced(stem, stem.size() - 1, 1, "i");
  if (stem.size() < 3) return std::string(stem);
  const size_t vowel = stem.size() - 2;
  if (stem[vowel] == 'e' && std::string_view("tvnsml").find(stem.back()) != stem.npos) {
    return Replaced(stem, vowel, 1, "è");
  }
  const size_t accented = stem.rfind("é");
  if (accented == stem.npos || future) return std::string(stem);
  const std::string_view after = stem.substr(accented + 2);
  if (!after.empty() && after.find_first_not_of("bcdfghjklmnpqrstvxz") == after.npos) {
    return Replaced(stem, accented, 2, "è");
  }
  return std::string(stem);
}

// Keeps the sound of c and g before a and o.
std::string StemBeforeHardVowel(std::string_view stem) {
  if (stem.ends_with("g")) return std::string(stem) + "e";
  if (stem.ends_with("c")) return Replaced(stem, stem.size() - 1, 1, "ç");
  return std::string(stem);
}

std::string RegularPresent(std::string_view infinitive, int row) {
  const std::string_view stem = infinitive.substr(0, infinitive.size() - 2);
  if (infinitive.ends_with("ir")) return std::string(stem).append(kIrEndings[row]);
  if (infinitive.ends_with("re")) return std::string(stem).append(kReEndings[row]);
  if (row == 3) return StemBeforeHardVowel(stem).append(kErEndings[row]);
  if (row == 4) return std::string(stem).append(kErEndings[row]);
  return StemBeforeMuteE(stem, false).append(kErEndings[row]);
}

std::string Present(std::string_view infinitive, int row) {
  if (const Irregular* irregular = FindIrregular(infinitive)) {
    return std::string(irregular->present[row]);
  }
  return RegularPresent(infinitive, row);
}

std::string Imparfait(std::string_view infinitive, int row) {
  const std::string_view ending = kImparfaitEndings[row];
  if (infinitive == "être") return std::string("ét").append(ending);
  if (infinitive == "pleuvoir") return std::string("pleuv").append(ending);
  const std::string we = Present(infinitive, 3);
  const bool soft = infinitive.ends_with("ger") || infinitive.ends_with("cer");
  if (soft && ending.front() == 'i') {
    return std::string(infinitive.substr(0, infinitive.size() - 2)).append(ending);
  }
  return we.substr(0, we.size() - 3).append(ending);
}

std::string FutureStem(std::string_view infinitive) {
  if (const Irregular* irregular = FindIrregular(infinitive)) {
    return std::string(irregular->future_stem);
  }
  if (infinitive.ends_with("re")) return std::string(infinitive.substr(0, infinitive.size() - 1));
  if (infinitive.ends_with("ir")) return std::string(infinitive);
  return StemBeforeMuteE(infinitive.substr(0, infinitive.size() - 2), true) + "er";
}

std::string Imperative(std::string_view infinitive, int row) {
  if (infinitive == "être") return row == 3 ? "soyons" : "soyez";
  if (infinitive == "avoir") return row == 3 ? "ayons" : "ayez";
  if (infinitive == "savoir") return row == 3 ? "sachons" : "sachez";
  return Present(infinitive, row);
}

std::string MasculineParticiple(std::string_view infinitive) {
  if (const Irregular* irregular = FindIrregular(infinitive)) {
    return std::string(irregular->participle);
  }
  const std::string stem(infinitive.substr(0, infinitive.size() - 2));
  if (infinitive.ends_with("er")) return stem + "é";
  return stem + (infinitive.ends_with("ir") ? "i" : "u");
}

}  // namespace

std::string ConjugateFrench(std::string_view infinitive, FrenchTense tense, int row) {
  switch (tense) {
    case FrenchTense::kPresent:
      return Present(infinitive, row);
    case FrenchTense::kImparfait:
      return Imparfait(infinitive, row);
    case FrenchTense::kFutur:
      return FutureStem(infinitive).append(kFuturEndings[row]);
    case FrenchTense::kConditionnel:
      return FutureStem(infinitive).append(kImparfaitEndings[row]);
    case FrenchTense::kImperative:
      return Imperative(infinitive, row);
  }
  return {};
}

std::string FrenchParticiple(std::string_view infinitive, Gender gender, bool plural) {
  std::string participle = MasculineParticiple(infinitive);
  const bool feminine = gender == Gender::kFeminine;
  if (participle == "dû" && (feminine || plural)) participle = "du";
  if (feminine) participle += 'e';
  if (plural && !participle.ends_with("s")) participle += 's';
  return participle;
}

bool TakesEtre(std::string_view infinitive) {
  return std::find(kEtreVerbs.begin(), kEtreVerbs.end(), infinitive) != kEtreVerbs.end();
}

bool StartsWithVowel(std::string_view word) {
  constexpr std::string_view kPlain = "aeiouyhAEIOUH";
  constexpr std::array<std::string_view, 9> kAccented = {"à", "â", "é", "è", "ê",
                                                         "É", "î", "ô", "œ"};
  if (word.empty()) return false;
  if (static_cast<unsigned char>(word.front()) < 0x80)
    return kPlain.find(word.front()) != word.npos;
  return std::any_of(kAccented.begin(), kAccented.end(),
                     [&](std::string_view vowel) { return word.starts_with(vowel); });
}

}  // namespace ablate::phrasebook
