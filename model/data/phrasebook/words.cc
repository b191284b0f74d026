#include "model/data/phrasebook/words.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

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
  constexpr std::string_view kLastLetters = "eai";
  if (kLastLetters.find(phrase.back()) == phrase.npos) return false;
  const std::string_view word = phrase.substr(phrase.rfind(' ') + 1);
  if (word.size() > 3) return false;
  if (word == "si" || word == "Si") return next == "il" || next == "ils";
  return StartsWithVowel(next) &&
         std::find(kEliding.begin(), kEliding.end(), word) != kEliding.end();
}

std::string Finish(std::string text, std::string_view end) {
  Capitalise(text);
  return text.append(end);
}

// Room for all words, a blank before each, and an end.
std::string TextFor(const Words& words, std::string_view end) {
  std::string text;
  text.reserve(words.bytes() + words.size() + end.size());
  return text;
}

}  // namespace

Words::Words(std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) Add(word);
}

Words& Words::operator=(const Words& other) {
  size_ = 0;
  Add(other);
  return *this;
}

std::string_view Words::operator[](size_t i) const {
  const size_t begin = i == 0 ? 0 : ends_[i - 1];
  return {text_.data() + begin, ends_[i] - begin};
}

void Words::CheckFits(size_t words, size_t bytes) const {
  if (words <= kMostWords - size_ && bytes <= kMostBytes - this->bytes()) return;
  throw std::length_error("a phrase of the phrasebook does not fit; make room in Words");
}

void Words::Add(std::string_view word) {
  CheckFits(1, word.size());
  const size_t begin = bytes();
  word.copy(text_.data() + begin, word.size());
  ends_[size_++] = static_cast<uint16_t>(begin + word.size());
}

void Words::Add(const Words& more) {
  CheckFits(more.size_, more.bytes());
  const size_t begin = bytes();
  std::copy_n(more.text_.data(), more.bytes(), text_.data() + begin);
  for (size_t i = 0; i < more.size_; ++i) {
    ends_[size_++] = static_cast<uint16_t>(begin + more.ends_[i]);
  }
}

void Append(Words& words, std::string_view word) {
  if (!word.empty()) words.Add(word);
}

void Append(Words& words, const Words& more) { words.Add(more); }

std::string JoinEnglish(const Words& words, std::string_view end) {
  std::string text = TextFor(words, end);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!text.empty() && !word.starts_with(',')) text += ' ';
    text += word;
  }
  return Finish(std::move(text), end);
}

std::string JoinFrench(const Words& words, std::string_view end) {
  std::string text = TextFor(words, end);
  std::string_view previous;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
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
