#include "model/net/training_loss.h"

#include "model/net/attention.h"

namespace ablate {

TokenLoss ComputeLoss(Transformer& model, const DeviceBatch& batch, double label_smoothing) {
  const auto mask = SourceMask(batch.source_BS, batch.source_padded);
  const at::Tensor memory = model->Encode(batch.source_BS, mask);
  const at::Tensor hidden = model->Decode(batch.target_in_BT, memory, mask);
  return CrossEntropy(model->Logits(hidden), batch.target_out_BT, label_smoothing);
}

}  // namespace ablate
