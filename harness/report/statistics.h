// The numbers behind the report's intervals. Held live to SciPy by tests/report/statistics_test.cc.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace ablate {

// I_x(a, b), the regularised incomplete beta function, by its continued fraction (Lentz's method).
// a, b > 0; 0 <= x <= 1.
double IncompleteBeta(double a, double b, double x);

// P(T <= t) for Student's t with `degrees` of freedom; degrees > 0.
double StudentTCdf(double t, double degrees);
// The t with P(T <= t) = p; 0 < p < 1, degrees > 0.
double StudentTQuantile(double p, double degrees);
// P(|T| >= |t|): the two-sided p value of a t statistic.
double StudentTPValue(double t, double degrees);
// P(F >= f) for Fisher's F; f >= 0, degrees > 0.
double FPValue(double f, double numerator_degrees, double denominator_degrees);

// The standard deviation between values and the degrees of freedom that it was estimated with.
struct Spread {
  double deviation = 0;
  double degrees = 0;
};
// True where values differ by no more than rounding: a test on them would divide by nothing.
bool IsZero(const Spread& spread, double mean);

// Absent for fewer than two values.
std::optional<Spread> SpreadOf(std::span<const double> values);
// One spread common to all groups, each about its own mean; groups of one value say nothing. Absent
// where no group has two.
std::optional<Spread> PooledSpread(std::span<const std::vector<double>> groups);

inline constexpr double kConfidence = 0.95;

// A mean with its limits; these are absent where there is only one value.
struct Interval {
  double mean = 0;
  std::optional<double> low, high;
};

// Mean and Student's t limits (n - 1 degrees of freedom). `values` must not be empty. Values that
// are all equal have limits equal to them.
Interval MeanInterval(std::span<const double> values, double confidence = kConfidence);
// The same with a spread that comes from elsewhere, such as a pooled one; `n` values made the mean.
Interval MeanInterval(double mean, double n, const Spread& spread, double confidence = kConfidence);
// The same on the logarithms, carried back: a geometric mean. Every value must be above zero.
Interval GeometricMeanInterval(std::span<const double> values, double confidence = kConfidence);
// The two-sided p value of Student's t test that the mean is zero. Absent for fewer than two values
// and for values without variance.
std::optional<double> MeanPValue(std::span<const double> values);
// Carries an interval of logarithms back.
Interval Exp(const Interval& logarithms);

}  // namespace ablate
