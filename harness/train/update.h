// One update: load, copy, forward, backward, optimizer. The host waits for nothing but, under a
// loss scale, the verdict on the update before.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <vector>

#include "harness/train/batch_feed.h"
#include "harness/train/execution.h"
#include "harness/train/timeline.h"
#include "harness/train/update_facts.h"
#include "techniques/ema_torch.h"
#include "techniques/optimizer_torch.h"
#include "techniques/precision_torch.h"
#include "techniques/recipe.h"

namespace ablate {

// An update that was asked of the device. What only the device knows stays there until the loss is
// read.
struct PendingUpdate {
  UpdateFacts facts;                        // what the host knows
  at::Tensor loss;                          // [], this rank's part of the mean a real target token
  at::Tensor grad_norm;                     // []
  std::optional<at::Tensor> skipped;        // [], 1 or 0, where the loss is scaled
  std::optional<at::Tensor> loss_scale;     // [], with which it was scaled
  std::optional<at::Tensor> learning_rate;  // [], where the host does not know it
  std::vector<PhaseMarks> marks;            // none where phases can't be told apart
  Timeline::Mark end = 0;
};

// Of the share's counts.
UpdateFacts FactsOf(const UpdateShare& share, const TransformerConfig& config,
                    int64_t target_vocabulary);

class Updater {
 public:
  // `execution`, `feed` and `timeline` outlive it. `horizon` is the schedule's length in updates.
  Updater(Execution& execution, BatchFeed& feed, const Recipe& recipe, int64_t horizon,
          int64_t target_vocabulary, at::Device device, Timeline& timeline);
  virtual ~Updater() = default;

  // On the feed's next batch.
  virtual PendingUpdate Run();
  // On a batch beside it, for warming up.
  virtual PendingUpdate Run(const Batch& batch);

  // Everything that an update changes, but for the generators: for RestorePoint.
  virtual std::vector<at::Tensor> State() const;
  // The schedule at its start. Completes what RestorePoint puts back.
  void Restart();

  // nullptr where parameters are not averaged.
  ParameterAverage* average() { return average_.get(); }

 protected:
  Execution& execution_;
  BatchFeed& feed_;
  const Recipe recipe_;
  int64_t horizon_;
  int64_t target_vocabulary_;
  Timeline& timeline_;
  std::unique_ptr<ParameterOptimizer> optimizer_;
  std::unique_ptr<LossScaling> scaling_;       // nullptr: the loss is not scaled
  std::unique_ptr<ParameterAverage> average_;  // nullptr: none
  int64_t updates_ = 0;

 private:
  template <typename LoadShare>
  PendingUpdate RunOn(LoadShare load);
  void AdvanceSchedule();
  void Step(PendingUpdate& update);

  int64_t schedule_step_ = 0;  // updates that were not skipped
};

}  // namespace ablate
