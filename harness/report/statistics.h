// The numbers behind the report's intervals. Held live to SciPy by tests/report/statistics_test.cc.
#pragma once

#include <optional>
#include <span>

namespace ablate {

// I_x(a, b), the regularised incomplete beta function, by its continued fraction (Lentz's method).
// a, b > 0; 0 <= x <= 1.
double IncompleteBeta(double a, double b, double x);

// P(T <= t) for Student's t with `degrees` of freedom; degrees > 0.
double StudentTCdf(double t, double degrees);
// The t with P(T <= t) = p; 0 < p < 1, degrees > 0.
double StudentTQuantile(double p, double degrees);

// A mean with its 95% limits; the limits are absent where there is only one value.
struct Interval {
  double mean = 0;
  std::optional<double> low, high;
};

// Mean and Student's t limits (n - 1 degrees of freedom). `values` must not be empty.
Interval MeanInterval(std::span<const double> values);
// The same on the logarithms, carried back: a geometric mean. Every value must be above zero.
Interval GeometricMeanInterval(std::span<const double> values);
// Carries an interval of logarithms back.
Interval Exp(const Interval& logarithms);

}  // namespace ablate
