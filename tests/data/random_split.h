// Sentences of given or random lengths, with ids that tell where they stand.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/data/batches.h"
#include "model/data/vocabulary_spec.h"
#include "model/random.h"

namespace ablate::testing {

// Sentences of given lengths; token t of sentence i is 100 i + t + 4.
struct Side {
  std::vector<uint64_t> offsets = {0};
  std::vector<int32_t> ids;

  void Append(int64_t length) {
    const auto sentence = static_cast<int32_t>(offsets.size()) - 1;
    for (int32_t t = 0; t < length; ++t) ids.push_back(100 * sentence + t + kSpecials);
    offsets.push_back(ids.size());
  }
};

struct TestSplit {
  Side source;
  Side target;
  EncodedSplit split() const {
    return {{source.offsets, source.ids}, {target.offsets, target.ids}};
  }
};

inline TestSplit RandomSplit(int64_t sentences) {
  TestSplit split;
  Random random(7);
  for (int64_t i = 0; i < sentences; ++i) {
    const auto length = static_cast<int64_t>(1 + random.Below(30));
    split.source.Append(length);
    split.target.Append(std::max<int64_t>(0, length + static_cast<int64_t>(random.Below(9)) - 4));
  }
  return split;
}

}  // namespace ablate::testing
