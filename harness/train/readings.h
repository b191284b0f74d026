// Reading the loss: everything that updates left on the device since the last reading, in one
// transfer.
#pragma once

#include <vector>

#include "harness/train/timeline.h"
#include "harness/train/update.h"
#include "harness/train/update_facts.h"

namespace ablate {

// Keeps the train clock, too: it runs on the device's time, from Resume to the last update that was
// read.
class Readings {
 public:
  explicit Readings(at::Device device) : device_(device), timeline_(device) {}

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
  void Time(PendingUpdate& update, Timeline::Mark start) const;

  at::Device device_;
  Timeline timeline_;
  double train_s_ = 0;
  std::vector<PendingUpdate> pending_;
};

}  // namespace ablate
