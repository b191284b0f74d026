#include "model/net/attention_kernel.h"

#include <gtest/gtest.h>

#include "model/net/attention.h"
#include "model/net/packed_attention.h"

namespace ablate {
namespace {

at::Tensor Random() { return at::randn({2, 2, 5, 8}); }

std::string KernelOf(double dropout) {
  const AttentionRecord record;
  DotProductAttention(Random(), {Random(), Random()}, std::nullopt, /*causal=*/true, dropout);
  return record.names();
}

TEST(AttentionKernelTest, IsWhatLibTorchChoosesOnACpu) {
  EXPECT_EQ(KernelOf(/*dropout=*/0), "flash");
  EXPECT_EQ(KernelOf(/*dropout=*/0.1), "math");  // its flash attention there knows no dropout
  at::globalContext().setSDPUseFlash(false);
  EXPECT_EQ(KernelOf(/*dropout=*/0), "math");
  at::globalContext().setSDPUseFlash(true);
}

TEST(AttentionKernelTest, NamesAllThatWereChosen) {
  const AttentionRecord record;
  EXPECT_EQ(record.names(), "");
  NoteAttention(AttentionKernel::kBlocked);
  NoteAttention(AttentionKernel::kFlash);
  NoteAttention(AttentionKernel::kBlocked);
  EXPECT_EQ(record.names(), "flash, blocked");
}

TEST(AttentionKernelTest, OfPackedSentencesIsTheBlockedOne) {
  const AttentionRecord record;
  const TokenLayout layout = PackedLayout({2, 3}, at::kCPU);
  PackedSelfAttention(at::randn({5, 3 * 16}), layout, {.heads = 2});
  EXPECT_EQ(record.names(), "blocked");
}

TEST(AttentionKernelTest, IsForgottenOutsideOfARecord) {
  NoteAttention(AttentionKernel::kFlash);
  EXPECT_EQ(AttentionRecord().names(), "");
}

TEST(NoCudnnAttentionTest, HoldsForItsScope) {
  const bool before = at::globalContext().userEnabledCuDNNSDP();
  for (const bool allowed : {false, true}) {
    at::globalContext().setSDPUseCuDNN(allowed);
    {
      const NoCudnnAttention scope;
      EXPECT_FALSE(at::globalContext().userEnabledCuDNNSDP());
    }
    EXPECT_EQ(at::globalContext().userEnabledCuDNNSDP(), allowed);
  }
  at::globalContext().setSDPUseCuDNN(before);
}

}  // namespace
}  // namespace ablate
