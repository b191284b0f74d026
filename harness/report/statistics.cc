#include "harness/report/statistics.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace ablate {
namespace {

constexpr double kConfidence = 0.95;

// lgamma writes the global signgam; lgamma_r does not.
double LogGamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

double AwayFromZero(double x) {
  constexpr double kTiny = 1e-300;
  return std::abs(x) < kTiny ? kTiny : x;
}

double BetaContinuedFraction(double a, double b, double x) {
  constexpr int kMaxTerms = 10000;
  double c = 1;
  double d = 1 / AwayFromZero(1 - (a + b) * x / (a + 1));
  double value = d;
  const auto step = [&](double coefficient) {
    d = 1 / AwayFromZero(1 + coefficient * d);
    c = AwayFromZero(1 + coefficient / c);
    value *= c * d;
    return c * d;
  };
  for (int m = 1; m < kMaxTerms; ++m) {
    step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    const double factor = step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    if (std::abs(factor - 1) < std::numeric_limits<double>::epsilon()) break;
  }
  return value;
}

// P(T > t) for t >= 0, without cancellation in the tail.
double UpperTail(double t, double degrees) {
  return IncompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
}

}  // namespace

double IncompleteBeta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * std::log(x) + b * std::log1p(-x));
  // The fraction converges fast only below the distribution's mean; above it, the mirror image
  // does.
  if (x < (a + 1) / (a + b + 2)) return front * BetaContinuedFraction(a, b, x) / a;
  return 1 - front * BetaContinuedFraction(b, a, 1 - x) / b;
}

double StudentTCdf(double t, double degrees) {
  return t < 0 ? UpperTail(-t, degrees) : 1 - UpperTail(t, degrees);
}

double StudentTQuantile(double p, double degrees) {
  if (p == 0.5) return 0;
  if (p > 0.5) return -StudentTQuantile(1 - p, degrees);
  double low = 0, high = 1;
  while (UpperTail(high, degrees) > p) {
    low = high;
    high *= 2;
  }
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = std::midpoint(low, high);
    if (middle == low || middle == high) break;
    (UpperTail(middle, degrees) > p ? low : high) = middle;
  }
  return -high;
}

Interval MeanInterval(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  Interval interval{std::accumulate(values.begin(), values.end(), 0.0) / n, {}, {}};
  if (values.size() < 2) return interval;
  double squares = 0;
  for (const double value : values) squares += (value - interval.mean) * (value - interval.mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  const double margin = StudentTQuantile((1 + kConfidence) / 2, n - 1) * error;
  interval.low = interval.mean - margin;
  interval.high = interval.mean + margin;
  return interval;
}

Interval Exp(const Interval& logarithms) {
  Interval interval{std::exp(logarithms.mean), {}, {}};
  if (logarithms.low) interval.low = std::exp(*logarithms.low);
  if (logarithms.high) interval.high = std::exp(*logarithms.high);
  return interval;
}

Interval GeometricMeanInterval(std::span<const double> values) {
  std::vector<double> logarithms;
  logarithms.reserve(values.size());
  for (const double value : values) logarithms.push_back(std::log(value));
  return Exp(MeanInterval(logarithms));
}

}  // namespace ablate
