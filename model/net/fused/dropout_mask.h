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

// Elements that one call of the generator decides over: 16 random bits each of eight counters.
inline constexpr int64_t kMaskBlock = 64;

// Counters side by side, each a 32-bit number in a 64-bit lane whose upper half means nothing.
#if defined(__AVX512BW__)
inline constexpr int kLanes = 8;
#elif defined(__AVX2__)
inline constexpr int kLanes = 4;
#else
inline constexpr int kLanes = 2;
#endif
using Lanes = uint64_t __attribute__((vector_size(8 * kLanes)));
#if defined(__AVX512BW__)
inline constexpr Lanes kLaneOrder = {0, 1, 2, 3, 4, 5, 6, 7};
#elif defined(__AVX2__)
inline constexpr Lanes kLaneOrder = {0, 1, 2, 3};
#else
inline constexpr Lanes kLaneOrder = {0, 1};
#endif

// The full products of the lower halves.
inline Lanes Multiply(Lanes a, uint32_t b) {
#if defined(__AVX512BW__)
  return (Lanes)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(b));
#elif defined(__AVX2__)
  return (Lanes)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(b));
#elif defined(__SSE2__)
  return (Lanes)_mm_mul_epu32((__m128i)a, _mm_set1_epi64x(b));
#else
  return (a & 0xFFFFFFFF) * b;
#endif
}

// The factors of 4 * kLanes elements: a lane's two words hold four numbers of 16 bits.
inline void Decide(Lanes low, Lanes high, DropoutRate rate, float* __restrict factors) {
#if defined(__AVX512BW__)
  const __m512i bits =
      _mm512_mask_shuffle_epi32((__m512i)low, 0xAAAA, (__m512i)high, _MM_PERM_CCAA);
  const __mmask32 kept =
      _mm512_cmpge_epu16_mask(bits, _mm512_set1_epi16(static_cast<int16_t>(rate.dropped)));
  const __m512 keep = _mm512_set1_ps(rate.keep_scale);
  _mm512_storeu_ps(factors, _mm512_maskz_mov_ps(static_cast<__mmask16>(kept), keep));
  _mm512_storeu_ps(factors + 16, _mm512_maskz_mov_ps(static_cast<__mmask16>(kept >> 16), keep));
#elif defined(__AVX2__)
  const __m256i bits = _mm256_blend_epi32(
      (__m256i)low, _mm256_shuffle_epi32((__m256i)high, _MM_SHUFFLE(2, 2, 0, 0)), 0xAA);
  const __m256i dropped = _mm256_set1_epi16(static_cast<int16_t>(rate.dropped));
  const __m256i kept = _mm256_cmpeq_epi16(_mm256_max_epu16(bits, dropped), bits);
  const __m256 keep = _mm256_set1_ps(rate.keep_scale);
  const auto spread = [keep](__m128i half) {
    return _mm256_and_ps(_mm256_castsi256_ps(_mm256_cvtepi16_epi32(half)), keep);
  };
  _mm256_storeu_ps(factors, spread(_mm256_castsi256_si128(kept)));
  _mm256_storeu_ps(factors + 8, spread(_mm256_extracti128_si256(kept, 1)));
#else
  using Halves = uint16_t __attribute__((vector_size(16)));
  using Words = uint32_t __attribute__((vector_size(16)));
  const auto bits = (Halves)((low & 0xFFFFFFFF) | (high << 32));
  const auto kept = (Halves)(bits >= static_cast<uint16_t>(rate.dropped));
  const Words keep = Words{} + std::bit_cast<uint32_t>(rate.keep_scale);
  const Words first = (Words)__builtin_shufflevector(kept, kept, 0, 0, 1, 1, 2, 2, 3, 3) & keep;
  const Words second = (Words)__builtin_shufflevector(kept, kept, 4, 4, 5, 5, 6, 6, 7, 7) & keep;
  __builtin_memcpy(factors, &first, sizeof(first));
  __builtin_memcpy(factors + 4, &second, sizeof(second));
#endif
}

// The generator at 8 * `count` counters from 8 * `block` on; rounds of several vectors stand side
// by side, to hide the latency of their products.
template <int count>
inline void MaskBlocks(uint64_t seed, uint64_t row, uint64_t block, DropoutRate rate,
                       float* __restrict factors) {
  constexpr uint32_t kMultiplierA = 0xD2511F53, kMultiplierB = 0xCD9E8D57;
  constexpr uint32_t kWeylA = 0x9E3779B9, kWeylB = 0xBB67AE85;
  constexpr int kRounds = 7;  // the fewest that pass BigCrush (Salmon et al. 2011, table 2)
  constexpr int kVectors = 8 * count / kLanes;
  Lanes w0[kVectors], w1[kVectors], w2[kVectors], w3[kVectors];
  for (int i = 0; i < kVectors; ++i) {
    const Lanes order = kLaneOrder + static_cast<uint64_t>(i * kLanes);
    w0[i] = order + block * 8;
    w1[i] = Lanes{} + (block >> 29);
    w2[i] = Lanes{} + row;
    w3[i] = Lanes{} + (row >> 32);
  }
  auto key_a = static_cast<uint32_t>(seed), key_b = static_cast<uint32_t>(seed >> 32);
#pragma GCC unroll 7
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 8
    for (int i = 0; i < kVectors; ++i) {
      const Lanes a = Multiply(w0[i], kMultiplierA), b = Multiply(w2[i], kMultiplierB);
      w0[i] = (b >> 32) ^ w1[i] ^ key_a;
      w1[i] = b;
      w2[i] = (a >> 32) ^ w3[i] ^ key_b;
      w3[i] = a;
    }
    key_a += kWeylA;
    key_b += kWeylB;
  }
#pragma GCC unroll 8
  for (int i = 0; i < kVectors; ++i) {
    float* const to = factors + i * kLanes / 8 * kMaskBlock + i * kLanes % 8 * 4;
    Decide(w0[i], w1[i], rate, to);
    Decide(w2[i], w3[i], rate, to + kMaskBlock / 2);
  }
}

// The factors of a block: 0 or keep_scale. They depend on seed, row, block and rate alone, not on
// the instruction set. rate.dropped is not 0.
inline void MaskBlock(uint64_t seed, uint64_t row, uint64_t block, DropoutRate rate,
                      float* __restrict factors) {
  MaskBlocks<1>(seed, row, block, rate, factors);
}

// The factors of `count` elements of `row` from block `first` on. `factors` has room for `count`
// rounded up to whole blocks.
inline void MaskRow(uint64_t seed, uint64_t row, int64_t count, DropoutRate rate,
                    float* __restrict factors, uint64_t first = 0) {
  constexpr int kTogether = kLanes == 8 ? 2 : 1;
  int64_t i = 0;
  for (; i + kTogether * kMaskBlock <= count; i += kTogether * kMaskBlock) {
    MaskBlocks<kTogether>(seed, row, first++, rate, factors + i);
    first += kTogether - 1;
  }
  for (; i < count; i += kMaskBlock) MaskBlock(seed, row, first++, rate, factors + i);
}

#if defined(CPU_CAPABILITY)
}  // namespace CPU_CAPABILITY
#endif
}  // namespace ablate::fused
