#include "harness/train/rank_measurements.h"

#include <utility>

namespace ablate {
namespace {

class Combination {
 public:
  Combination(Ranks& ranks, at::Device device) : ranks_(ranks), device_(device) {}

  double Sum(double own) {
    at::Tensor tensor = OnDevice(own);
    ranks_.Sum(tensor);
    return tensor.item<double>();
  }
  double Max(double own) {
    at::Tensor tensor = OnDevice(own);
    ranks_.Max(tensor);
    return tensor.item<double>();
  }

  template <typename Number>
  void TakeSum(std::optional<Number>& own) {
    Take(own, Sum(static_cast<double>(own.value_or(0))));
  }
  template <typename Number>
  void TakeMax(std::optional<Number>& own) {
    Take(own, Max(static_cast<double>(own.value_or(0))));
  }

 private:
  at::Tensor OnDevice(double value) const { return at::full({1}, value, at::kDouble).to(device_); }

  template <typename Number>
  void Take(std::optional<Number>& own, double of_all) {
    const bool one_lacks_it = Max(own ? 0 : 1) > 0;
    own = one_lacks_it ? std::nullopt : std::optional(static_cast<Number>(of_all));
  }

  Ranks& ranks_;
  const at::Device device_;
};

void Combine(Combination& all, SampleSummary& samples) {
  samples.count = all.Sum(samples.count);
  samples.sum = all.Sum(samples.sum);
  samples.least = -all.Max(-samples.least);
  samples.greatest = all.Max(samples.greatest);
}

}  // namespace

RankMeasurements Combined(RankMeasurements own, Ranks& ranks, at::Device device) {
  if (ranks.size() == 1) return own;
  Combination all(ranks, device);
  own.memory.device_allocated_bytes =
      static_cast<int64_t>(all.Max(static_cast<double>(own.memory.device_allocated_bytes)));
  all.TakeMax(own.memory.device_reserved_bytes);
  all.TakeSum(own.memory.host_rss_bytes);
  all.TakeMax(own.gpu.process_bytes);
  all.TakeSum(own.gpu.energy_j);
  for (SampleSummary* samples :
       {&own.gpu.sm_clock_mhz, &own.gpu.memory_clock_mhz, &own.gpu.power_w}) {
    Combine(all, *samples);
  }
  own.cpu_s = all.Sum(own.cpu_s);
  const bool one_was_disturbed = all.Max(own.gpu.invalid_because.empty() ? 0 : 1) > 0;
  if (one_was_disturbed && own.gpu.invalid_because.empty())
    own.gpu.invalid_because.emplace_back("the GPU of another process was disturbed; see its log");
  own.gpu.outcome_is_suspect = all.Max(own.gpu.outcome_is_suspect ? 1 : 0) > 0;
  return own;
}

}  // namespace ablate
