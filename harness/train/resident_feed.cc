#include "harness/train/resident_feed.h"

#include <algorithm>
#include <stdexcept>

#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

at::Tensor FlatIds(const EncodedSide& side) {
  at::Tensor flat = at::empty({side.tokens() + 2 * side.size()}, at::kInt);
  auto* out = flat.data_ptr<int32_t>();
  for (int64_t i = 0; i < side.size(); ++i) {
    *out++ = kSos;
    out = std::ranges::copy(side[i], out).out;
    *out++ = kEos;
  }
  return flat;
}

at::Tensor FlatOffsets(const EncodedSide& side) {
  at::Tensor offsets = at::zeros({side.size() + 1}, at::kLong);
  auto* out = offsets.data_ptr<int64_t>();
  for (int64_t i = 0; i < side.size(); ++i) out[i + 1] = out[i] + side.length(i) + 2;
  return offsets;
}

// Collate refuses the same.
void CheckFits(const EncodedSplit& split, const Batch& batch) {
  for (int64_t i : batch.sentences) {
    if (split.source.length(i) + 2 > batch.source_length ||
        split.target.length(i) + 1 > batch.target_length) {
      throw std::logic_error("sentence " + std::to_string(i) + " does not fit its padded length");
    }
  }
}

bool IsSourcePadded(const EncodedSplit& split, const Batch& batch) {
  return std::ranges::any_of(
      batch.sentences, [&](int64_t i) { return split.source.length(i) + 2 < batch.source_length; });
}

std::vector<int64_t> Lengths(const EncodedSide& side, const Batch& batch, int64_t specials) {
  std::vector<int64_t> lengths;
  for (const int64_t i : batch.sentences) lengths.push_back(side.length(i) + specials);
  return lengths;
}

at::Tensor Indices(const std::vector<int64_t>& sentences, at::Device device, bool pin_memory) {
  at::Tensor indices =
      at::empty({std::ssize(sentences)},
                at::TensorOptions().dtype(at::kLong).pinned_memory(pin_memory && !device.is_cpu()));
  std::ranges::copy(sentences, indices.data_ptr<int64_t>());
  return indices.to(device, /*non_blocking=*/true);
}

}  // namespace

ResidentSide::ResidentSide(const EncodedSide& side, at::Device device)
    : ids_(FlatIds(side).to(device)), offsets_(FlatOffsets(side).to(device)) {}

at::Tensor ResidentSide::Gather(const at::Tensor& sentences_B, int64_t length, int64_t skip,
                                int64_t drop) const {
  const at::Tensor begin_B1 = (offsets_.index_select(0, sentences_B) + skip).unsqueeze(1);
  const at::Tensor end_B1 = (offsets_.index_select(0, sentences_B + 1) - drop).unsqueeze(1);
  const at::Tensor place_BL = begin_B1 + at::arange(length, offsets_.options());
  // PAD's place may lie beyond the last sentence.
  const at::Tensor ids_BL = ids_.take(place_BL.clamp_max(ids_.numel() - 1));
  return at::where(place_BL < end_B1, ids_BL, kPad).to(at::kLong);
}

at::Tensor ResidentSide::GatherPacked(const at::Tensor& sentences_B, const TokenLayout& layout,
                                      int64_t skip) const {
  const int64_t tokens = layout.length.sum().item<int64_t>();
  const int64_t missing = layout.positions.size(0) - tokens;
  const at::Tensor begin_B = offsets_.index_select(0, sentences_B) + skip;
  const at::Tensor begin_N = begin_B.repeat_interleave(layout.offsets.diff(), /*dim=*/0, tokens);
  const at::Tensor place_N = begin_N + layout.positions.narrow(0, 0, tokens);
  const at::Tensor ids_N = ids_.take(place_N).to(at::kLong);
  return missing == 0 ? ids_N : at::constant_pad_nd(ids_N, {0, missing}, kPad);
}

ResidentFeed::ResidentFeed(const CollationPlan& plan, BatchStream& stream)
    : plan_(plan),
      stream_(stream),
      source_(plan.split.source, plan.device),
      target_(plan.split.target, plan.device) {}

const UpdateShare& ResidentFeed::Take(const Batch& update) {
  share_ = Divide(update, plan_.split, plan_.rule, plan_.division);
  for (const Batch& batch : share_.micro_batches) CheckFits(plan_.split, batch);
  return share_;
}

DeviceBatch ResidentFeed::ToDevice(size_t micro_batch) {
  const Batch& batch = share_.micro_batches.at(micro_batch);
  const at::Tensor sentences_B = Indices(batch.sentences, plan_.device, plan_.pin_memory);
  if (batch.packed) return Packed(batch, sentences_B);
  return PaddedBatch(source_.Gather(sentences_B, batch.source_length, /*skip=*/0, /*drop=*/0),
                     target_.Gather(sentences_B, batch.target_length, /*skip=*/0, /*drop=*/1),
                     target_.Gather(sentences_B, batch.target_length, /*skip=*/1, /*drop=*/0),
                     IsSourcePadded(plan_.split, batch));
}

DeviceBatch ResidentFeed::Packed(const Batch& batch, const at::Tensor& sentences_B) const {
  const TokenLayout source = PackedLayout(Lengths(plan_.split.source, batch, /*specials=*/2),
                                          plan_.device, plan_.pin_memory, batch.source_tokens);
  const TokenLayout target = PackedLayout(Lengths(plan_.split.target, batch, /*specials=*/1),
                                          plan_.device, plan_.pin_memory, batch.target_tokens);
  return {source_.GatherPacked(sentences_B, source, /*skip=*/0),
          target_.GatherPacked(sentences_B, target, /*skip=*/0),
          target_.GatherPacked(sentences_B, target, /*skip=*/1), source, target};
}

}  // namespace ablate
