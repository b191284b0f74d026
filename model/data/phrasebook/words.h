// A sentence as a list of words, on its way to text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ablate::phrasebook {

// A word may hold blanks, where a phrase is fixed; none is empty. A "," stands alone and attaches
// to the word before it. The words lie one after the other within the object, so a list costs no
// memory of its own; the room is for more than any sentence of the grammar needs.
class Words {
 public:
  // Not `= default`, which would zero the room.
  Words() {}
  Words(std::initializer_list<std::string_view> words);
  // Copies take what is there and leave out the free room.
  Words(const Words& other) { *this = other; }
  Words& operator=(const Words& other);

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  std::string_view operator[](size_t i) const;  // valid while this is neither changed nor gone
  std::string_view front() const { return (*this)[0]; }
  size_t bytes() const { return empty() ? 0 : ends_[size_ - 1]; }  // of all words together

  // Each throws std::length_error where the room is used up.
  void Add(std::string_view word);
  void Add(const Words& more);

 private:
  static constexpr size_t kMostWords = 96;
  static constexpr size_t kMostBytes = 1024;

  void CheckFits(size_t words, size_t bytes) const;

  size_t size_ = 0;
  std::array<uint16_t, kMostWords> ends_;
  std::array<char, kMostBytes> text_;
};

// Appends `word` unless it is empty.
void Append(Words& words, std::string_view word);
void Append(Words& words, const Words& more);

// Text with its first letter in upper case and `end` after it.
std::string JoinEnglish(const Words& words, std::string_view end);
// Likewise, with elision ("le" + "ami" -> "l'ami") and without the asterisks of the lexicon.
std::string JoinFrench(const Words& words, std::string_view end);

}  // namespace ablate::phrasebook
