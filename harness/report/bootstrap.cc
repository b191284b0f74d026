#include "harness/report/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace ablate {
namespace {

constexpr size_t kResamples = 10000;

// An index below n. The standard's distributions differ from one library to the next; the
// engine does not.
size_t Below(size_t n, std::mt19937_64& random) { return static_cast<size_t>(random() % n); }

double ResampledMean(std::span<const double> values, std::mt19937_64& random) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += values[Below(values.size(), random)];
  return sum / static_cast<double>(values.size());
}

double Percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

}  // namespace

std::optional<Interval> BootstrapInterval(std::span<const double> values, double confidence) {
  if (values.size() < kMinBootstrapValues) return std::nullopt;
  std::mt19937_64 random(0);
  std::vector<double> means(kResamples);
  std::ranges::generate(means, [&] { return ResampledMean(values, random); });
  std::ranges::sort(means);
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return Interval{mean, Percentile(means, (1 - confidence) / 2),
                  Percentile(means, (1 + confidence) / 2)};
}

}  // namespace ablate
