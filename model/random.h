// Random numbers that are the same on every platform; the standard library's distributions are not.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace ablate {

// The seed of the independent stream `name` ("init", "order", "dropout", "warmup", …) of a run's
// `seed`.
uint64_t StreamSeed(uint64_t seed, std::string_view name);

// xoshiro256** (Blackman and Vigna 2018), seeded through splitmix64.
class Random {
 public:
  explicit Random(uint64_t seed);
  Random(uint64_t seed, std::string_view stream) : Random(StreamSeed(seed, stream)) {}

  uint64_t Next();
  // Uniform in [0, bound), without bias (Lemire 2019). bound > 0.
  uint64_t Below(uint64_t bound);
  // Uniform in [0, 1), 53 bits.
  double Uniform();

  // Fisher-Yates, in place.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  uint64_t state_[4];
};

}  // namespace ablate
