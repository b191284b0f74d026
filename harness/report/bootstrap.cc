#include "harness/report/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

namespace ablate {
namespace {

constexpr size_t kMostResamples = 10'000, kLeastResamples = 1'000;
constexpr size_t kMostDraws = 2'000'000;

size_t ResamplesOf(size_t n) { return std::clamp(kMostDraws / n, kLeastResamples, kMostResamples); }

// Which of n values each resample draws, one resample after the other.
std::vector<uint32_t> DrawIndices(size_t n) {
  std::mt19937_64 random(0);
  std::vector<uint32_t> indices(ResamplesOf(n) * n);
  // The standard's distributions differ from one library to the next; the engine does not.
  std::ranges::generate(indices, [&] { return static_cast<uint32_t>(random() % n); });
  return indices;
}

// Contrasts of a report mostly have as many seeds as the one before.
const std::vector<uint32_t>& IndicesFor(size_t n) {
  thread_local std::vector<uint32_t> indices;
  thread_local size_t drawn_for = 0;
  if (drawn_for != n) indices = DrawIndices(n);
  drawn_for = n;
  return indices;
}

std::vector<double> ResampledMeans(std::span<const double> values) {
  const size_t n = values.size();
  std::vector<double> means(ResamplesOf(n), 0.0);
  auto index = IndicesFor(n).begin();
  for (double& mean : means) {
    for (size_t i = 0; i < n; ++i) mean += values[*index++];
    mean /= static_cast<double>(n);
  }
  return means;
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
  std::vector<double> means = ResampledMeans(values);
  std::ranges::sort(means);
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return Interval{mean, Percentile(means, (1 - confidence) / 2),
                  Percentile(means, (1 + confidence) / 2)};
}

}  // namespace ablate
