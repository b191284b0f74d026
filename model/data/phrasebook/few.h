// A list of a few things, within the object: it costs no memory of its own.
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>

namespace ablate::phrasebook {

template <typename T, size_t most>
class Few {
 public:
  // Throws std::length_error beyond `most`.
  void push_back(const T& item) {
    if (size_ == most) throw std::length_error("a phrase of the phrasebook has too many parts");
    items_[size_++] = item;
  }
  void clear() { size_ = 0; }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return items_[i]; }
  const T& operator[](size_t i) const { return items_[i]; }
  const T& front() const { return items_.front(); }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }

 private:
  size_t size_ = 0;
  std::array<T, most> items_ = {};
};

}  // namespace ablate::phrasebook
