// Which kernels of attention were chosen: several compute the same, and LibTorch picks one by
// shape, type, mask and device.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace ablate {

enum class AttentionKernel {
  kMath,       // scores as a tensor
  kFlash,      // LibTorch's flash attention; on a CPU its own
  kEfficient,  // memory-efficient attention
  kCudnn,
  kOther,    // a backend's own
  kBlocked,  // that of model/net/fused/attention.h
};

// For the length of its life it keeps which kernels were chosen, by any thread. One at a time.
class AttentionRecord {
 public:
  AttentionRecord();
  ~AttentionRecord();
  AttentionRecord(const AttentionRecord&) = delete;
  AttentionRecord& operator=(const AttentionRecord&) = delete;

  // "flash"; several in the order above, with commas between; empty: none.
  std::string names() const;

 private:
  friend void NoteAttention(AttentionKernel kernel);
  std::atomic<uint32_t> kernels_ = 0;
};

void NoteAttention(AttentionKernel kernel);
// What LibTorch chooses for scaled_dot_product_attention of the same arguments.
void NoteChosenAttention(const at::Tensor& query_BHLK, const at::Tensor& key_BHLK,
                         const at::Tensor& value_BHLK, const std::optional<at::Tensor>& mask,
                         double dropout, bool causal);

// For the length of a scope LibTorch does not choose cuDNN's attention, some of whose kernels round
// the probability of dropout to sixteenths. A switch of the whole process.
class NoCudnnAttention {
 public:
  NoCudnnAttention();
  ~NoCudnnAttention();
  NoCudnnAttention(const NoCudnnAttention&) = delete;
  NoCudnnAttention& operator=(const NoCudnnAttention&) = delete;

 private:
  bool before_;
};

}  // namespace ablate
