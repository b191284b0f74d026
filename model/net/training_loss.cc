#include "model/net/training_loss.h"

namespace ablate {

DeviceBatch PaddedBatch(const at::Tensor& source_BS, const at::Tensor& target_in_BT,
                        const at::Tensor& target_out_BT, bool source_padded) {
  // A causal mask hides the target's PAD, so that no other is made.
  return {source_BS, target_in_BT, target_out_BT, PaddedLayout(source_BS, source_padded),
          PaddedLayout(target_out_BT, /*padded=*/false)};
}

TokenLoss ComputeLoss(Transformer& model, const DeviceBatch& batch, const LossOptions& options) {
  const at::Tensor memory = model->Encode(batch.source, batch.source_layout);
  const at::Tensor hidden =
      model->Decode(batch.target_in, batch.target_layout, memory, batch.source_layout);
  return model->Loss(hidden, batch.target_out, options);
}

}  // namespace ablate
