#include "harness/train/sampler.h"

#include <utility>

namespace ablate {

void Sampler::Start(std::chrono::milliseconds interval, std::function<void()> sample) {
  thread_ = std::thread([this, interval, sample = std::move(sample)] {
    std::unique_lock lock(mutex_);
    do sample();
    while (!ended_.wait_for(lock, interval, [this] { return ending_; }));
    sample();
  });
}

void Sampler::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

}  // namespace ablate
