#include "model/data/phrasebook/words.h"

#include <algorithm>
#include <array>

#include "model/data/phrasebook/french_verbs.h"

namespace ablate::phrasebook {
namespace {

// Lower-case letters of Latin-1 lie 0x20 above their capitals; œ is the one other initial that
// French has.
void Capitalise(std::string& text) {
  if (text.empty()) return;
  if (text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  } else if (text.starts_with("œ")) {
    text.replace(0, std::string_view("œ").size(), "Œ");
  } else if (text.size() > 1 && text[0] == '\xC3' && static_cast<unsigned char>(text[1]) >= 0xA0) {
    text[1] = static_cast<char>(static_cast<unsigned char>(text[1]) - 0x20);
  }
}

bool Elides(std::string_view phrase, std::string_view next) {
  constexpr std::array<std::string_view, 10> kEliding = {"le", "la", "de", "je", "ne",
                                                         "me", "te", "se", "ce", "que"};
  const std::string_view word = phrase.substr(phrase.rfind(' ') + 1);
  if (word == "si" || word == "Si") return next == "il" || next == "ils";
  return StartsWithVowel(next) &&
         std::find(kEliding.begin(), kEliding.end(), word) != kEliding.end();
}

std::string Finish(std::string text, std::string_view end) {
  Capitalise(text);
  return text.append(end);
}

}  // namespace

void Append(Words& words, std::string_view word) {
  constexpr size_t kUsualWords = 8;
  if (word.empty()) return;
  if (words.empty()) words.reserve(kUsualWords);
  words.emplace_back(word);
}

void Append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::string JoinEnglish(const Words& words, std::string_view end) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty() && !word.starts_with(',')) text += ' ';
    text += word;
  }
  return Finish(std::move(text), end);
}

std::string JoinFrench(const Words& words, std::string_view end) {
  std::string text;
  std::string_view previous;
  for (std::string_view word : words) {
    if (!previous.empty() && Elides(previous, word)) {
      text.back() = '\'';
    } else if (!text.empty() && !word.starts_with(',')) {
      text += ' ';
    }
    text += word.starts_with('*') ? word.substr(1) : word;
    previous = word;
  }
  return Finish(std::move(text), end);
}

}  // namespace ablate::phrasebook
