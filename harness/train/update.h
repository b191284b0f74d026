// One update: load, copy, forward, backward, optimizer. The host waits for nothing but, under a
// loss scale, the verdict on the update before.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <vector>

#include "harness/train/device_batch.h"
#include "harness/train/optimizer.h"
#include "harness/train/timeline.h"
#include "harness/train/update_facts.h"
#include "techniques/precision_torch.h"
#include "techniques/recipe.h"

namespace ablate {

// An update that was asked of the device. What only the device knows stays there until the loss is
// read.
struct PendingUpdate {
  UpdateFacts facts;                     // what the host knows
  at::Tensor loss;                       // [], mean a real target token
  at::Tensor grad_norm;                  // []
  std::optional<at::Tensor> skipped;     // [], 1 or 0, where the loss is scaled
  std::optional<at::Tensor> loss_scale;  // [], with which it was scaled
  struct {
    Timeline::Mark loaded, copied, forward, backward, end;
  } marks;
};

class Updater {
 public:
  // `model` and `timeline` outlive it. `horizon` is the schedule's length in updates.
  Updater(Transformer model, const Recipe& recipe, int64_t horizon, const EncodedSplit& split,
          int64_t target_vocabulary, at::Device device, Timeline& timeline);

  PendingUpdate Run(const Batch& batch);

  // Everything that an update changes, but for the generators: for RestorePoint.
  std::vector<at::Tensor> State() const;
  // The schedule at its start, no gradients. Completes what RestorePoint puts back.
  void Restart();

 private:
  void AdvanceSchedule();
  at::Tensor Forward(const DeviceBatch& batch, int64_t target_tokens);
  void Step(PendingUpdate& update);

  Transformer model_;
  const Recipe recipe_;
  int64_t horizon_;
  int64_t target_vocabulary_;
  at::Device device_;
  Timeline& timeline_;
  BatchLoader loader_;
  AdamOptimizer optimizer_;
  std::unique_ptr<LossScaling> scaling_;  // nullptr: the loss is not scaled
  int64_t updates_ = 0;
  int64_t schedule_step_ = 0;  // updates that were not skipped
};

}  // namespace ablate
