#include "harness/report/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace ablate {
namespace {

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

double Mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double SquaresAboutMean(std::span<const double> values) {
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares;
}

// The t with P(T > t) = p, p < 0.5.
double UpperQuantile(double p, double degrees) {
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
  return high;
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
  // A report asks for thousands of intervals of the same few degrees of freedom.
  thread_local std::map<std::pair<double, double>, double> known;
  const auto [quantile, is_new] = known.try_emplace({p, degrees}, 0.0);
  if (is_new) quantile->second = UpperQuantile(p, degrees);
  return -quantile->second;
}

double StudentTPValue(double t, double degrees) { return 2 * UpperTail(std::abs(t), degrees); }

double FPValue(double f, double numerator_degrees, double denominator_degrees) {
  const double x = denominator_degrees / (denominator_degrees + numerator_degrees * f);
  return IncompleteBeta(denominator_degrees / 2, numerator_degrees / 2, x);
}

bool IsZero(const Spread& spread, double mean) {
  constexpr double kRounding = 1e-12;
  return spread.deviation <= kRounding * std::max(1.0, std::abs(mean));
}

std::optional<Spread> SpreadOf(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const double degrees = static_cast<double>(values.size()) - 1;
  return Spread{std::sqrt(SquaresAboutMean(values) / degrees), degrees};
}

std::optional<Spread> PooledSpread(std::span<const std::vector<double>> groups) {
  double squares = 0, degrees = 0;
  for (const std::vector<double>& group : groups) {
    if (group.size() < 2) continue;
    squares += SquaresAboutMean(group);
    degrees += static_cast<double>(group.size()) - 1;
  }
  if (degrees == 0) return std::nullopt;
  return Spread{std::sqrt(squares / degrees), degrees};
}

Interval MeanInterval(double mean, double n, const Spread& spread, double confidence) {
  const double quantile = StudentTQuantile((1 + confidence) / 2, spread.degrees);
  const double margin = quantile * spread.deviation / std::sqrt(n);
  return {mean, mean - margin, mean + margin};
}

Interval MeanInterval(std::span<const double> values, double confidence) {
  const double mean = Mean(values);
  const auto spread = SpreadOf(values);
  if (!spread) return {mean, {}, {}};
  return MeanInterval(mean, static_cast<double>(values.size()), *spread, confidence);
}

std::optional<double> MeanPValue(std::span<const double> values) {
  const auto spread = SpreadOf(values);
  if (!spread) return std::nullopt;
  const double mean = Mean(values);
  if (IsZero(*spread, mean)) return std::nullopt;
  const double error = spread->deviation / std::sqrt(static_cast<double>(values.size()));
  return StudentTPValue(mean / error, spread->degrees);
}

Interval Exp(const Interval& logarithms) {
  Interval interval{std::exp(logarithms.mean), {}, {}};
  if (logarithms.low) interval.low = std::exp(*logarithms.low);
  if (logarithms.high) interval.high = std::exp(*logarithms.high);
  return interval;
}

Interval GeometricMeanInterval(std::span<const double> values, double confidence) {
  std::vector<double> logarithms;
  logarithms.reserve(values.size());
  for (const double value : values) logarithms.push_back(std::log(value));
  return Exp(MeanInterval(logarithms, confidence));
}

}  // namespace ablate
