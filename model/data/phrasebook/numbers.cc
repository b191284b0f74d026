#include "model/data/phrasebook/numbers.h"

#include <array>
#include <string_view>

namespace ablate::phrasebook {
namespace {

constexpr std::array<std::string_view, 20> kEnglishUnits = {
    "",         "one",     "two",     "three",     "four",     "five",    "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> kEnglishTens = {
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::string_view, 20> kEnglishOrdinals = {
    "",           "first",     "second",    "third",       "fourth",     "fifth",     "sixth",
    "seventh",    "eighth",    "ninth",     "tenth",       "eleventh",   "twelfth",   "thirteenth",
    "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"};

constexpr std::array<std::string_view, 20> kFrenchUnits = {
    "",         "un",     "deux",  "trois",    "quatre",   "cinq",    "six",
    "sept",     "*huit",  "neuf",  "dix",      "*onze",    "douze",   "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"};
constexpr std::array<std::string_view, 7> kFrenchTens = {
    "", "", "vingt", "trente", "quarante", "cinquante", "soixante"};

std::string WithoutAsterisk(std::string_view word) {
  return std::string(word.starts_with('*') ? word.substr(1) : word);
}

// Seventy and ninety count on from sixty and eighty.
std::string FrenchBelowHundred(int number) {
  if (number < 20) return std::string(kFrenchUnits[number]);
  if (number == 80) return "quatre-vingts";
  if (number > 80) return "quatre-vingt-" + WithoutAsterisk(kFrenchUnits[number - 80]);
  const int tens = number >= 70 ? 6 : number / 10;
  const int rest = number - 10 * tens;
  const std::string start(kFrenchTens[tens]);
  if (rest == 0) return start;
  const std::string unit = WithoutAsterisk(kFrenchUnits[rest]);
  return start + (rest == 1 || rest == 11 ? " et " : "-") + unit;
}

std::string FrenchMasculine(int number) {
  const int hundreds = number / 100;
  const int rest = number % 100;
  if (hundreds == 0) return FrenchBelowHundred(number);
  const std::string start =
      hundreds == 1 ? "cent" : WithoutAsterisk(kFrenchUnits[hundreds]) + " cent";
  if (rest == 0) return hundreds == 1 ? start : start + "s";
  return start + " " + WithoutAsterisk(FrenchBelowHundred(rest));
}

}  // namespace

std::string EnglishNumber(int number) {
  if (number >= 100) {
    const std::string start = EnglishNumber(number / 100) + " hundred";
    return number % 100 == 0 ? start : start + " and " + EnglishNumber(number % 100);
  }
  if (number < 20) return std::string(kEnglishUnits[number]);
  const std::string tens(kEnglishTens[number / 10]);
  return number % 10 == 0 ? tens : tens + "-" + std::string(kEnglishUnits[number % 10]);
}

std::string EnglishOrdinal(int number) {
  if (number < 20) return std::string(kEnglishOrdinals[number]);
  if (number == 20) return "twentieth";
  if (number == 30) return "thirtieth";
  return std::string(kEnglishTens[number / 10]) + "-" + std::string(kEnglishOrdinals[number % 10]);
}

std::string FrenchNumber(int number, Gender gender) {
  std::string words = FrenchMasculine(number);
  if (gender == Gender::kFeminine &&
      (words == "un" || words.ends_with(" un") || words.ends_with("-un"))) {
    words += 'e';
  }
  return words;
}

}  // namespace ablate::phrasebook
