#include "model/net/attention_kernel.h"

#include <array>
#include <string_view>

namespace ablate {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"math",  "flash", "efficient",
                                                    "cudnn", "other", "blocked"};

std::atomic<AttentionRecord*> record = nullptr;

// As at::SDPBackend numbers them.
AttentionKernel KernelOf(int64_t backend) {
  switch (backend) {
    case 0:
      return AttentionKernel::kMath;
    case 1:
      return AttentionKernel::kFlash;
    case 2:
      return AttentionKernel::kEfficient;
    case 3:
      return AttentionKernel::kCudnn;
    default:
      return AttentionKernel::kOther;
  }
}

}  // namespace

AttentionRecord::AttentionRecord() { record = this; }
AttentionRecord::~AttentionRecord() { record = nullptr; }

std::string AttentionRecord::names() const {
  std::string names;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if ((kernels_ >> i & 1) == 0) continue;
    names.append(names.empty() ? "" : ", ").append(kNames[i]);
  }
  return names;
}

void NoteAttention(AttentionKernel kernel) {
  AttentionRecord* const into = record;
  if (into != nullptr) into->kernels_ |= uint32_t{1} << static_cast<int>(kernel);
}

void NoteChosenAttention(const at::Tensor& query_BHLK, const at::Tensor& key_BHLK,
                         const at::Tensor& value_BHLK, const std::optional<at::Tensor>& mask,
                         double dropout, bool causal) {
  if (record == nullptr) return;
  std::optional<at::Tensor> like_query;
  // As autocast has it there.
  if (mask) like_query = mask->to(query_BHLK.scalar_type());
  NoteAttention(KernelOf(
      at::_fused_sdp_choice(query_BHLK, key_BHLK, value_BHLK, like_query, dropout, causal)));
}

NoCudnnAttention::NoCudnnAttention() : before_(at::globalContext().userEnabledCuDNNSDP()) {
  at::globalContext().setSDPUseCuDNN(false);
}

NoCudnnAttention::~NoCudnnAttention() { at::globalContext().setSDPUseCuDNN(before_); }

}  // namespace ablate
