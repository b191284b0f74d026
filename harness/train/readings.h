// Reading the loss: everything that updates left on the device since the last reading, in one
// transfer.
#pragma once

#include <vector>

#include "harness/train/timeline.h"
#include "harness/train/update.h"
#include "harness/train/update_facts.h"
#include "techniques/parallelism_torch.h"

namespace ablate {

// Keeps the train clock, too: it runs on the device's time, from Resume to the last update that was
// read. With several ranks all of them read together, and know the same: losses are summed over
// them, and the time is rank 0's.
class Readings {
 public:
  // `ranks` outlives it.
  Readings(at::Device device, Ranks& ranks) : device_(device), ranks_(ranks), timeline_(device) {}

  // For the updates to record their moments on.
  Timeline& timeline() { return timeline_; }

  // The train clock goes on from where it stood. Waits for the device. All updates have been read.
  void Resume();
  void Add(PendingUpdate update) { pending_.push_back(std::move(update)); }
  int64_t unread() const { return std::ssize(pending_); }
  // All updates since the last call, in order. Waits for the device.
  std::vector<UpdateFacts> Read();
  double train_s() const { return train_s_; }

 private:
  at::Tensor Fetch() const;
  void Time(PendingUpdate& update, Timeline::Mark start) const;
  void AgreeOnTime();

  at::Device device_;
  Ranks& ranks_;
  Timeline timeline_;
  double train_s_ = 0;
  std::vector<PendingUpdate> pending_;
};

}  // namespace ablate
