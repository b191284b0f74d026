// Tells texts that are there already from new ones, by their numbers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace ablate {

// A hash table of numbers, 0 … 2^32 - 2. What they stand for lies elsewhere and is compared there,
// so a text costs 8 to 16 bytes here however long it is, and no two are taken for one.
class TextIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Room for so many texts; more make it grow.
  explicit TextIndex(size_t expected = 0) : slots_(std::bit_ceil(expected + expected / 2 + 16)) {}

  // The number that was added for an equal text, else kNone. `is_equal(number)` says whether the
  // text looked for is that of the number.
  template <typename IsEqual>
  uint32_t Find(uint64_t hash, IsEqual is_equal) const {
    return slots_[Place(TagOf(hash), is_equal)].number;
  }

  // Has the memory fetched that a text of this hash will be looked for in, to be called some texts
  // ahead.
  void Prefetch(uint64_t hash) const {
    __builtin_prefetch(&slots_[TagOf(hash) & (slots_.size() - 1)]);
  }

  // The same as Find; where it is kNone, `number` is added.
  template <typename IsEqual>
  uint32_t FindOrAdd(uint64_t hash, uint32_t number, IsEqual is_equal) {
    Slot& slot = slots_[Place(TagOf(hash), is_equal)];
    if (slot.number != kNone) return slot.number;
    slot = {TagOf(hash), number};
    if (++size_ > slots_.size() / 4 * 3) Grow();
    return kNone;
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t number = kNone;
  };

  static uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

  // The slot of the text, or the free one that is to be its.
  template <typename IsEqual>
  size_t Place(uint32_t tag, IsEqual is_equal) const {
    const size_t mask = slots_.size() - 1;
    size_t place = tag & mask;
    while (slots_[place].number != kNone &&
           !(slots_[place].tag == tag && is_equal(slots_[place].number))) {
      place = (place + 1) & mask;
    }
    return place;
  }

  void Grow() {
    const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    for (const Slot& slot : before) {
      if (slot.number != kNone) slots_[Place(slot.tag, [](uint32_t) { return false; })] = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

inline uint64_t HashOf(std::string_view text) { return std::hash<std::string_view>()(text); }

}  // namespace ablate
