// Updates of one fixed shape, whose whole work on the device is one piece that can be captured as a
// CUDA graph: whatever changes from one to the next lies in the device's memory.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <vector>

#include "harness/train/fixed_batches.h"
#include "harness/train/fixed_shape.h"
#include "harness/train/update.h"
#include "techniques/graph_torch.h"

namespace ablate {

// What updates are made of. All of it outlives them.
struct UpdaterParts {
  Transformer model{nullptr};
  Execution& execution;  // of the model
  BatchFeed& feed;
  const EncodedSplit& split;  // the feed's
  BatchRule rule;             // the feed's
  const Recipe& recipe;
  int64_t horizon;       // the schedule's length in updates
  int64_t most_updates;  // that are ever run; read for a captured graph alone
  int64_t target_vocabulary;
  at::Device device;
  Timeline& timeline;
};

// As the recipe says: an Updater, or a GraphUpdater that is captured. Throws Error where the device
// has no graphs.
std::unique_ptr<Updater> MakeUpdater(const UpdaterParts& parts);

// How the work of an update is done again and again: MakeCapturedWork, or, where nothing is to be
// captured, MakeCalledWork.
using MakeRepeatedWork = std::function<std::unique_ptr<RepeatedWork>(std::function<void()> work)>;

// The same updates as an Updater's, up to the order of sums and a learning rate of float32. A
// skipped update leaves the schedule where it was, which only the device knows: the host waits for
// nothing.
class GraphUpdater final : public Updater {
 public:
  // Throws Error where the feed is not resident, or the optimizer's rule or the schedule needs the
  // host.
  GraphUpdater(const UpdaterParts& parts, const MakeRepeatedWork& make_work);

  PendingUpdate Run() override {
    return RunShare([this]() -> auto& { return feed_.Next(); });
  }
  PendingUpdate Run(const Batch& batch) override {
    return RunShare([&]() -> auto& { return feed_.Make(batch); });
  }
  std::vector<at::Tensor> State() const override;

 private:
  PendingUpdate RunShare(const std::function<const UpdateShare&()>& load);
  // The work: on the batch that was sent, leaving facts_.
  void Compute();
  at::Tensor ForwardAndBackward();
  void Step(const at::Tensor& loss);

  Transformer model_;
  FixedShape shape_;
  at::Device device_;
  FixedBatches batches_;
  at::Tensor rates_;            // float64 [steps], the schedule
  at::Tensor device_step_;      // int64 [1]: updates that were not skipped
  at::Tensor dropout_counter_;  // int64 [1], for seeds that are captured
  at::Tensor facts_;            // float64 [kFacts], of the last update
  std::unique_ptr<RepeatedWork> work_;
};

}  // namespace ablate
