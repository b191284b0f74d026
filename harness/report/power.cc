#include "harness/report/power.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <tuple>

#include "harness/report/statistics.h"

namespace ablate {
namespace {

double NormalCdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

// Density of s = sqrt(chi squared / degrees): the estimated standard deviation over the true one.
double DeviationDensity(double s, double degrees) {
  const double half = degrees / 2;
  int sign = 0;
  const double scale = std::numbers::ln2 + half * std::log(half) - lgamma_r(half, &sign);
  return std::exp(scale + (degrees - 1) * std::log(s) - half * s * s);
}

// Mean of `value(s)` over that density, by the midpoint rule where it has weight. The cube puts
// points close together near zero, where value(s) is steep for few seeds and a small alpha.
template <typename Function>
double MeanOverDeviation(double degrees, const Function& value) {
  constexpr int kSteps = 4000;
  const double width = 9 / std::sqrt(2 * degrees);
  const double low = std::max(0.0, 1 - width);
  const double length = 1 + width - low;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double u = (i + 0.5) / kSteps;
    const double s = low + length * u * u * u;
    sum += DeviationDensity(s, degrees) * value(s) * 3 * u * u;
  }
  return sum * length / kSteps;
}

// In standard deviations.
double MinimumDetectableEffect(int64_t n, double power, double alpha) {
  double low = 0, high = 1;
  while (TTestPower(high, n, alpha) < power) {
    low = high;
    high *= 2;
  }
  constexpr int kHalvings = 40;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = std::midpoint(low, high);
    (TTestPower(middle, n, alpha) < power ? low : high) = middle;
  }
  return high;
}

}  // namespace

// Given s, the statistic passes the quantile q where a normal value passes q s.
double TTestPower(double effect, int64_t n, double alpha) {
  const double degrees = static_cast<double>(n) - 1;
  const double quantile = StudentTQuantile(1 - alpha / 2, degrees);
  const double shift = effect * std::sqrt(static_cast<double>(n));
  return MeanOverDeviation(degrees, [&](double s) {
    return NormalCdf(shift - quantile * s) + NormalCdf(-shift - quantile * s);
  });
}

std::optional<double> MinimumDetectableRatio(double deviation, int64_t seeds, double power,
                                             double alpha) {
  if (seeds < 2) return std::nullopt;
  // A report asks for thousands of contrasts of the same few numbers of seeds.
  thread_local std::map<std::tuple<int64_t, double, double>, double> known;
  const auto [effect, is_new] = known.try_emplace({seeds, power, alpha}, 0.0);
  if (is_new) effect->second = MinimumDetectableEffect(seeds, power, alpha);
  return std::exp(effect->second * deviation);
}

}  // namespace ablate
