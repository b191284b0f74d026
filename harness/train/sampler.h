// Looks at something every so often while a run trains. No Torch.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

namespace ablate {

inline constexpr std::chrono::milliseconds kSamplingInterval(1000);

// Of the samples of one value; absent ones do not count.
struct SampleSummary {
  double count = 0;
  double sum = 0;
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();

  void Add(std::optional<double> sample) {
    if (!sample) return;
    ++count;
    sum += *sample;
    least = std::min(least, *sample);
    greatest = std::max(greatest, *sample);
  }

  // Nothing where there was no sample.
  std::optional<double> Min() const { return IfAny(least); }
  std::optional<double> Mean() const { return IfAny(sum / count); }
  std::optional<double> Max() const { return IfAny(greatest); }

 private:
  std::optional<double> IfAny(double value) const {
    return count > 0 ? std::optional(value) : std::nullopt;
  }
};

class Sampler {
 public:
  Sampler() = default;
  ~Sampler() { Stop(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Calls `sample`, which must not throw, from a thread of its own: at once, after each interval,
  // and a last time when it is stopped. Once a Sampler.
  void Start(std::chrono::milliseconds interval, std::function<void()> sample);
  // Returns when the last call has, whose effects can then be read. Does nothing without Start.
  void Stop();

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace ablate
