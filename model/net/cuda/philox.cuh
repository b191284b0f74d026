// The masks of fused/dropout_mask.h, bit for bit: Philox4x32 (Salmon et al. 2011) of 7 rounds, of a
// seed, a row and an octet.
#pragma once

#include "model/net/cuda/octets.cuh"

namespace ablate::cuda {

// A mask whose seed has been read.
struct Generator {
  unsigned int key_a, key_b, dropped;
  float keep_scale;
};

__device__ inline Generator GeneratorOf(const Mask& mask) {
  unsigned long long seed = mask.seed;
  if (mask.dropped != 0 && mask.counter != nullptr) {
    seed += static_cast<unsigned long long>(*mask.counter);
  }
  return {static_cast<unsigned int>(seed), static_cast<unsigned int>(seed >> 32), mask.dropped,
          mask.keep_scale};
}

struct Words {
  unsigned int w[4];
};

__device__ inline Words Philox(const Generator& generator, Int64 row, Int64 octet) {
  unsigned int w0 = static_cast<unsigned int>(octet), w1 = static_cast<unsigned int>(octet >> 32);
  unsigned int w2 = static_cast<unsigned int>(row), w3 = static_cast<unsigned int>(row >> 32);
  unsigned int key_a = generator.key_a, key_b = generator.key_b;
  for (int round = 0; round < 7; ++round) {
    const unsigned long long a = static_cast<unsigned long long>(w0) * 0xD2511F53U;
    const unsigned long long b = static_cast<unsigned long long>(w2) * 0xCD9E8D57U;
    w0 = static_cast<unsigned int>(b >> 32) ^ w1 ^ key_a;
    w1 = static_cast<unsigned int>(b);
    w2 = static_cast<unsigned int>(a >> 32) ^ w3 ^ key_b;
    w3 = static_cast<unsigned int>(a);
    key_a += 0x9E3779B9U;
    key_b += 0xBB67AE85U;
  }
  return {{w0, w1, w2, w3}};
}

// Multiplies by what the row's mask says, of those that are dropped by 0.
template <typename Sum>
__device__ inline void Drop(const Generator& generator, Int64 row, Int64 octet,
                            Octet<Sum>& values) {
  if (generator.dropped == 0) return;
  const Words words = Philox(generator, row, octet);
  for (int i = 0; i < kOctet; ++i) {
    const unsigned int number = words.w[i / 2] >> (i % 2 * 16) & 0xFFFF;
    values.at[i] *= number >= generator.dropped ? static_cast<Sum>(generator.keep_scale) : Sum(0);
  }
}

}  // namespace ablate::cuda
