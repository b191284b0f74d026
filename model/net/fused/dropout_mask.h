// Dropout masks that are computed again instead of stored: a counter-based generator (Philox4x32,
// Salmon et al. 2011) of a seed, a row and a column. For kernels; no Torch.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace ablate::fused {
#if defined(CPU_CAPABILITY)
inline namespace CPU_CAPABILITY {
#endif

// 16 random bits decide over an element, so that the probability is a multiple of 2^-16.
struct DropoutRate {
  uint32_t dropped = 0;  // of 65536; 0: no dropout
  float keep_scale = 1;  // what an element that stays is multiplied by

  static DropoutRate Of(double probability) {
    constexpr double kRange = 65536;
    const double dropped = std::min(std::round(probability * kRange), kRange - 1);
    return {static_cast<uint32_t>(dropped), static_cast<float>(1 / (1 - dropped / kRange))};
  }
};

// Elements that one call of the generator decides over.
inline constexpr int64_t kMaskBlock = 64;

// Counters side by side, each a 32-bit number in a 64-bit lane whose upper half means nothing.
#if defined(__AVX512F__)
inline constexpr int kLanes = 8;
#elif defined(__AVX2__)
inline constexpr int kLanes = 4;
#else
inline constexpr int kLanes = 2;
#endif
using Lanes = uint64_t __attribute__((vector_size(8 * kLanes)));
using Words = uint32_t __attribute__((vector_size(8 * kLanes)));

// The full products of the lower halves.
inline Lanes Multiply(Lanes a, uint32_t b) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(b));
#elif defined(__AVX2__)
  return (Lanes)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(b));
#elif defined(__SSE2__)
  return (Lanes)_mm_mul_epu32((__m128i)a, _mm_set1_epi64x(b));
#else
  return (a & 0xFFFFFFFF) * b;
#endif
}

// Eight counters make the factors of a block: 0 or keep_scale. They depend on seed, row, block and
// rate alone, not on the instruction set. rate.dropped is not 0.
inline void MaskBlock(uint64_t seed, uint64_t row, uint64_t block, DropoutRate rate,
                      float* __restrict factors) {
  constexpr uint32_t kMultiplierA = 0xD2511F53, kMultiplierB = 0xCD9E8D57;
  constexpr uint32_t kWeylA = 0x9E3779B9, kWeylB = 0xBB67AE85;
  constexpr int kRounds = 7;  // the fewest that pass BigCrush (Salmon et al. 2011, table 2)
  const Words keep = Words{} + std::bit_cast<uint32_t>(rate.keep_scale);
  for (int first = 0; first < 8; first += kLanes) {
    Lanes counter;
    for (int lane = 0; lane < kLanes; ++lane) counter[lane] = block * 8 + first + lane;
    Lanes w0 = counter, w1 = Lanes{} + (block >> 29);
    Lanes w2 = Lanes{} + row, w3 = Lanes{} + (row >> 32);
    auto key_a = static_cast<uint32_t>(seed), key_b = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < kRounds; ++round) {
      const Lanes a = Multiply(w0, kMultiplierA), b = Multiply(w2, kMultiplierB);
      w0 = (b >> 32) ^ w1 ^ key_a;
      w1 = b;
      w2 = (a >> 32) ^ w3 ^ key_b;
      w3 = a;
      key_a += kWeylA;
      key_b += kWeylB;
    }
    const auto decide = [&](Lanes word, float* to) {
      const auto halves = (Words)((word & 0xFFFF) | ((word & 0xFFFF0000) << 16));
      const Words factor = (Words)(halves >= rate.dropped) & keep;
      __builtin_memcpy(to + 2 * first, &factor, sizeof(factor));
    };
    decide(w0, factors);
    decide(w1, factors + 16);
    decide(w2, factors + 32);
    decide(w3, factors + 48);
  }
}

// The factors of the first `count` elements of `row`. `factors` has room for `count` rounded up to
// whole blocks.
inline void MaskRow(uint64_t seed, uint64_t row, int64_t count, DropoutRate rate,
                    float* __restrict factors) {
  for (int64_t block = 0; block * kMaskBlock < count; ++block) {
    MaskBlock(seed, row, static_cast<uint64_t>(block), rate, factors + block * kMaskBlock);
  }
}

#if defined(CPU_CAPABILITY)
}  // namespace CPU_CAPABILITY
#endif
}  // namespace ablate::fused
