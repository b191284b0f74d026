// Sequences of T one after another, and where each begins.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace ablate {

template <typename T>
struct SequenceTable {
  std::vector<uint64_t> offsets = {0};  // sequence i is items[offsets[i], offsets[i+1])
  std::vector<T> items;

  template <typename Sequence>
  void Append(const Sequence& sequence) {
    items.insert(items.end(), sequence.begin(), sequence.end());
    offsets.push_back(items.size());
  }
};

// The tables of consecutive parts as one, their items changed by convert(part, item). The parts are
// emptied.
template <typename T, typename Convert>
SequenceTable<T> Concatenated(std::vector<SequenceTable<T>>& parts, Convert convert) {
  uint64_t items = 0, sequences = 0;
  for (const auto& part : parts) {
    items += part.items.size();
    sequences += part.offsets.size() - 1;
  }
  SequenceTable<T> all;
  all.items.reserve(items);
  all.offsets.reserve(sequences + 1);
  for (size_t i = 0; i < parts.size(); ++i) {
    const SequenceTable<T> part = std::exchange(parts[i], {});
    const uint64_t begin = all.items.size();
    for (const T& item : part.items) all.items.push_back(convert(i, item));
    for (size_t end = 1; end < part.offsets.size(); ++end) {
      all.offsets.push_back(begin + part.offsets[end]);
    }
  }
  return all;
}

}  // namespace ablate
