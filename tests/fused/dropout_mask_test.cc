#include "model/net/fused/dropout_mask.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "model/net/fused/capability.h"
#include "model/net/fused/dropout_mask_kernel.h"

namespace ablate::fused {
namespace {

// Philox4x32 as its paper has it, a number at a time.
using Four = std::array<uint32_t, 4>;
Four Philox(Four counter, std::array<uint32_t, 2> key, int rounds) {
  const auto product = [](uint32_t a, uint32_t b) { return uint64_t{a} * b; };
  for (int round = 0; round < rounds; ++round) {
    const uint64_t a = product(0xD2511F53, counter[0]), b = product(0xCD9E8D57, counter[2]);
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// The known answers of Random123 (kat_vectors).
TEST(DropoutMaskTest, PlainPhiloxGivesTheKnownAnswers) {
  constexpr uint32_t kOnes = 0xFFFFFFFF;
  EXPECT_EQ(Philox({}, {}, 10), (Four{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  EXPECT_EQ(Philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}, 10),
            (Four{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
  constexpr Four kPi{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344};
  EXPECT_EQ(Philox(kPi, {0xA4093822, 0x299F31D0}, 10),
            (Four{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}));
}

// Element 32 i + 4 j + k of a block: number k of 16 bits in words 2 i and 2 i + 1 at counter j.
float PlainFactor(const RowMask& mask, uint64_t row, uint64_t block, int64_t element) {
  const uint64_t counter = block * 8 + static_cast<uint64_t>(element) % 32 / 4;
  const auto low = [](uint64_t x) { return static_cast<uint32_t>(x); };
  const Four words = Philox({low(counter), low(counter >> 32), low(row), low(row >> 32)},
                            {low(mask.seed), low(mask.seed >> 32)}, 7);
  const uint32_t word = words[static_cast<size_t>(element / 32 * 2 + element % 4 / 2)];
  return ((word >> (element % 2 * 16)) & 0xFFFF) >= mask.dropped ? mask.keep_scale : 0;
}

std::vector<Capability> CapabilitiesOfThisMachine() {
  std::vector<Capability> all{Capability::kDefault};
  const Capability best = CapabilityOfThisMachine();
  if (best >= Capability::kAvx2) all.push_back(Capability::kAvx2);
  if (best >= Capability::kAvx512) all.push_back(Capability::kAvx512);
  return all;
}

RowMask MaskOf(uint64_t seed, double probability) {
  const DropoutRate rate = DropoutRate::Of(probability);
  return {seed, rate.dropped, rate.keep_scale};
}

TEST(DropoutMaskTest, EveryInstructionSetMakesThePlainMask) {
  constexpr int64_t kCount = 5 * kMaskBlock - 3;
  for (const Capability capability : CapabilitiesOfThisMachine()) {
    for (const double probability : {0.1, 0.5, 0.9, 1 - 1e-9}) {
      for (const uint64_t row : {uint64_t{0}, uint64_t{7}, uint64_t{0xFEDCBA9876543210}}) {
        // Counters of 32 bits and beyond.
        for (const uint64_t first : {uint64_t{0}, uint64_t{3}, uint64_t{0x1FFFFFFE}}) {
          const RowMask mask = MaskOf(0x0123456789ABCDEF + row, probability);
          std::vector<float> factors(5 * kMaskBlock, -1);
          ChooseKernels<DropoutMaskKernels>(capability)
              .row(mask, row, kCount, first, factors.data());
          for (int64_t i = 0; i < kCount; ++i) {
            ASSERT_EQ(factors[static_cast<size_t>(i)],
                      PlainFactor(mask, row, first + static_cast<uint64_t>(i / kMaskBlock),
                                  i % kMaskBlock))
                << "element " << i << " of row " << row << " from block " << first
                << ", instruction set " << static_cast<int>(capability);
          }
        }
      }
    }
  }
}

// A row shorter than several blocks together is the start of a long one.
TEST(DropoutMaskTest, RowsStartAlike) {
  const DropoutRate rate = DropoutRate::Of(0.3);
  std::vector<float> all(7 * kMaskBlock);
  MaskRow(5, 9, 7 * kMaskBlock, rate, all.data());
  for (int64_t blocks = 1; blocks < 7; ++blocks) {
    std::vector<float> some(static_cast<size_t>(blocks * kMaskBlock));
    MaskRow(5, 9, blocks * kMaskBlock, rate, some.data());
    EXPECT_EQ(some, std::vector<float>(all.begin(), all.begin() + blocks * kMaskBlock));
  }
}

TEST(DropoutMaskTest, RateIsARoundedProbability) {
  EXPECT_EQ(DropoutRate::Of(0).dropped, 0U);
  EXPECT_EQ(DropoutRate::Of(0.5).dropped, 32768U);
  EXPECT_EQ(DropoutRate::Of(0.1).dropped, 6554U);
  EXPECT_EQ(DropoutRate::Of(1).dropped, 65535U);
  EXPECT_EQ(DropoutRate::Of(0.5).keep_scale, 2);
  EXPECT_FLOAT_EQ(DropoutRate::Of(0.1).keep_scale, static_cast<float>(65536.0 / (65536 - 6554)));
}

// As close to the rate as a binomial count is, 5 deviations; neighbours in a row, in a column and
// of seeds that follow each other are as if drawn apart.
TEST(DropoutMaskTest, DropsAtTheRateWithoutCorrelation) {
  constexpr size_t kRows = 400, kColumns = 512;
  for (const double probability : {0.1, 0.5}) {
    const DropoutRate rate = DropoutRate::Of(probability);
    const double p = rate.dropped / 65536.0;
    std::vector<float> here(kColumns), below(kColumns), next_seed(kColumns);
    double dropped = 0, beside = 0, under = 0, other = 0;
    for (size_t row = 0; row < kRows; ++row) {
      MaskRow(1, row, kColumns, rate, here.data());
      MaskRow(1, row + 1, kColumns, rate, below.data());
      MaskRow(2, row, kColumns, rate, next_seed.data());
      for (size_t i = 0; i < kColumns; ++i) {
        if (here[i] != 0) continue;
        dropped += 1;
        beside += here[(i + 1) % kColumns] == 0;
        under += below[i] == 0;
        other += next_seed[i] == 0;
      }
    }
    constexpr double kCount = kRows * kColumns;
    EXPECT_NEAR(dropped / kCount, p, 5 * std::sqrt(p * (1 - p) / kCount));
    for (const double both : {beside, under, other}) {
      EXPECT_NEAR(both / kCount, p * p, 5 * std::sqrt(p * p * (1 - p * p) / kCount));
    }
  }
}

}  // namespace
}  // namespace ablate::fused
