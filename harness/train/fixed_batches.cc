#include "harness/train/fixed_batches.h"

#include <algorithm>
#include <stdexcept>

#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

constexpr int64_t kNone = -1;

}  // namespace

// Where the rows of a packed side lie. N rows of B sentences and F fillers.
struct FixedBatches::Side {
  TokenLayout layout;
  at::Tensor place_N;    // in the corpus; fillers' point anywhere
  at::Tensor is_real_N;  // not a filler's

  at::Tensor Ids(const ResidentSide& side, int64_t skip) const {
    const at::Tensor ids_N = side.ids().take((place_N + skip).clamp_max_(side.ids().numel() - 1));
    return at::where(is_real_N, ids_N, kPad).to(at::kLong);
  }
};

FixedBatches::FixedBatches(const ResidentSide& source, const ResidentSide& target,
                           const FixedShape& shape, at::Device device)
    : source_(source),
      target_(target),
      shape_(shape),
      sentences_(at::full({shape.sentences}, kNone,
                          at::TensorOptions().dtype(at::kLong).device(device))) {}

void FixedBatches::Send(const Batch& batch) {
  const bool fits =
      batch.packed == shape_.packed && std::ssize(batch.sentences) <= shape_.sentences &&
      batch.source_length <= shape_.source_length && batch.target_length <= shape_.target_length;
  const bool within =
      !shape_.packed || (batch.source_tokens <= shape_.source_tokens - shape_.fillers &&
                         batch.target_tokens <= shape_.target_tokens - shape_.fillers);
  if (!fits || !within) throw std::logic_error("a batch does not fit the shape of its graph");
  at::Tensor indices =
      at::full({shape_.sentences}, kNone,
               at::TensorOptions().dtype(at::kLong).pinned_memory(!sentences_.device().is_cpu()));
  std::ranges::copy(batch.sentences, indices.data_ptr<int64_t>());
  sentences_.copy_(indices, /*non_blocking=*/true);
}

DeviceBatch FixedBatches::Gather() const { return shape_.packed ? Packed() : Padded(); }

FixedBatches::Side FixedBatches::Locate(const ResidentSide& side, int64_t rows,
                                        int64_t dropped) const {
  const auto longs = sentences_.options();
  const at::Tensor index_B = sentences_.clamp_min(0);
  const at::Tensor begin_B = side.offsets().index_select(0, index_B);
  const at::Tensor whole_B = side.offsets().index_select(0, index_B + 1) - begin_B - dropped;
  const at::Tensor length_B = at::where(sentences_ >= 0, whole_B, 0);
  const at::Tensor filler_F =
      (rows - length_B.sum() + at::arange(shape_.fillers, longs)).floor_divide(shape_.fillers);
  const at::Tensor end = at::cat({length_B, filler_F}).cumsum(0);
  const at::Tensor offsets = at::cat({at::zeros({1}, longs), end});

  const at::Tensor row_N = at::arange(rows, longs);
  const at::Tensor sentence_N = at::searchsorted(end, row_N, /*out_int32=*/false, /*right=*/true);
  Side located;
  located.layout.packed = true;
  located.layout.offsets = offsets.to(at::kInt);
  located.layout.positions = row_N - offsets.index_select(0, sentence_N);
  located.is_real_N = sentence_N < shape_.sentences;
  const at::Tensor begin = at::cat({begin_B, at::zeros({shape_.fillers}, longs)});
  located.place_N = begin.index_select(0, sentence_N) + located.layout.positions;
  if (sentences_.is_cpu()) {
    located.layout.first = offsets.slice(0, 0, -1).contiguous();
    located.layout.length = offsets.diff();
  }
  return located;
}

DeviceBatch FixedBatches::Packed() const {
  // A target has one of SOS and EOS on each side of the model.
  Side source = Locate(source_, shape_.source_tokens, /*dropped=*/0);
  Side target = Locate(target_, shape_.target_tokens, /*dropped=*/1);
  source.layout.longest = shape_.source_length;
  target.layout.longest = shape_.target_length;
  return {source.Ids(source_, /*skip=*/0), target.Ids(target_, /*skip=*/0),
          target.Ids(target_, /*skip=*/1), source.layout, target.layout};
}

// A sentence of nothing but PAD would leave attention nothing to attend to.
DeviceBatch FixedBatches::Padded() const {
  const at::Tensor index_B = sentences_.clamp_min(0);
  const at::Tensor target_out =
      target_.Gather(index_B, shape_.target_length, /*skip=*/1, /*drop=*/0);
  return PaddedBatch(source_.Gather(index_B, shape_.source_length, /*skip=*/0, /*drop=*/0),
                     target_.Gather(index_B, shape_.target_length, /*skip=*/0, /*drop=*/1),
                     at::where((sentences_ >= 0).unsqueeze(1), target_out, kPad),
                     /*source_padded=*/true);
}

}  // namespace ablate
