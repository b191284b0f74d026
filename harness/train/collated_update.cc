#include "harness/train/collated_update.h"

namespace ablate {

const UpdateShare& CollatedUpdate::Fill(const Batch& update) {
  share_ = Divide(update, plan_.split, plan_.rule, plan_.division);
  while (loaders_.size() < share_.micro_batches.size()) {
    loaders_.emplace_back(plan_.split, plan_.device, plan_.pin_memory);
  }
  for (size_t i = 0; i < share_.micro_batches.size(); ++i)
    loaders_[i].Load(share_.micro_batches[i]);
  return share_;
}

}  // namespace ablate
