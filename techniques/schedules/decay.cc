#include "techniques/schedules/decay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <utility>

#include "model/error.h"

namespace ablate {
namespace {

using Shape = DecaySchedule::Shape;

// Without a warm-up the inverse square root would fall to half within four updates.
constexpr double kInverseSqrtWarmup = 0.1;
constexpr double kRounding = 1e-9;  // of decimal fractions

Option Warmup() {
  return Option::Fraction("warmup_fraction", "of the horizon, that the rate rises in; default 0");
}

Option Minimum() {
  return Option::Fraction("min_fraction",
                          "of the learning rate, that the decay leads to; default 0");
}

Option Horizon() {
  return Option::Positive("horizon_epochs", "length of the schedule; default: target.max_epochs");
}

Shape ShapeOf(std::string_view level) {
  static constexpr auto kShapes = std::to_array<std::pair<std::string_view, Shape>>({
      {"cosine", Shape::kCosine},
      {"inverse_sqrt", Shape::kInverseSqrt},
      {"linear", Shape::kLinear},
      {"polynomial", Shape::kPolynomial},
      {"warmup_stable_decay", Shape::kStable},
  });
  return std::ranges::find(kShapes, level, &std::pair<std::string_view, Shape>::first)->second;
}

void CheckLeavesADecay(const DecaySchedule& s) {
  if (s.shape == Shape::kStable && s.warmup_fraction + s.decay_fraction > 1 + kRounding) {
    throw Error(
        "warmup_fraction and decay_fraction come to more than the horizon; give at most 1 "
        "together");
  }
  if (s.warmup_fraction >= 1) {
    throw Error("a warm-up of the whole horizon leaves no decay; give warmup_fraction below 1");
  }
}

// Whole updates, of which the horizon has at least one more.
int64_t WarmupUpdates(double fraction, int64_t total) {
  return std::min<int64_t>(std::llround(fraction * static_cast<double>(total)), total - 1);
}

double Ratio(int64_t numerator, int64_t denominator) {
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

// From 1 at update `start` to 0 at update `end`, which is not reached.
double Remaining(int64_t update, int64_t start, int64_t end) {
  return update <= start ? 1 : Ratio(end - update, end - start);
}

// From 1 where the decay starts towards 0.
double Decayed(const DecaySchedule& s, int64_t update, int64_t warmup, int64_t total) {
  const double remaining = Remaining(update, warmup, total);
  switch (s.shape) {
    case Shape::kCosine:
      return (1 - std::cos(std::numbers::pi * remaining)) / 2;
    case Shape::kLinear:
      return remaining;
    case Shape::kPolynomial:
      return std::pow(remaining, s.power);
    case Shape::kStable: {
      const auto decay = std::llround(s.decay_fraction * static_cast<double>(total));
      return Remaining(update, std::max<int64_t>(warmup, total - decay), total);
    }
    case Shape::kInverseSqrt:
      break;
  }
  return std::sqrt(Ratio(warmup + 1, update + 1));
}

}  // namespace

std::vector<Level> DecayLevels() {
  const Option inverse_sqrt_warmup = Option::FractionAboveZero(
      "warmup_fraction", "of the horizon, that the rate rises in; above 0; default 0.1");
  const Option power = Option::Positive("power", "of the fraction that remains; default 2");
  const Option decay =
      Option::FractionAboveZero("decay_fraction", "of the horizon, its end; default 0.1");
  return {
      {"constant", "one learning rate throughout", {Warmup(), Horizon()}},
      {"cosine", "down along half a cosine", {Warmup(), Minimum(), Horizon()}},
      {"inverse_sqrt",
       "down with the square root of the update's number",
       {inverse_sqrt_warmup, Horizon()}},
      {"linear", "down along a line", {Warmup(), Minimum(), Horizon()}},
      {"polynomial", "down along a power", {Warmup(), Minimum(), power, Horizon()}},
      {"warmup_stable_decay",
       "one rate, but a linear decay at the end",
       {Warmup(), Minimum(), decay, Horizon()}},
  };
}

ConstantSchedule ReadConstant(const nlohmann::json& options) {
  ConstantSchedule s;
  s.warmup_fraction = options.value("warmup_fraction", s.warmup_fraction);
  s.horizon_epochs = options.value("horizon_epochs", s.horizon_epochs);
  return s;
}

DecaySchedule ReadDecay(std::string_view level, const nlohmann::json& options) {
  DecaySchedule s;
  s.shape = ShapeOf(level);
  s.warmup_fraction =
      options.value("warmup_fraction", s.shape == Shape::kInverseSqrt ? kInverseSqrtWarmup : 0);
  s.min_fraction = options.value("min_fraction", s.min_fraction);
  s.power = options.value("power", s.power);
  s.decay_fraction = options.value("decay_fraction", s.decay_fraction);
  s.horizon_epochs = options.value("horizon_epochs", s.horizon_epochs);
  CheckLeavesADecay(s);
  return s;
}

double RateFraction(const ConstantSchedule& s, int64_t update, int64_t total) {
  const int64_t warmup = WarmupUpdates(s.warmup_fraction, total);
  return update < warmup ? Ratio(update + 1, warmup + 1) : 1;
}

double RateFraction(const DecaySchedule& s, int64_t update, int64_t total) {
  const int64_t warmup = WarmupUpdates(s.warmup_fraction, total);
  if (update < warmup) return Ratio(update + 1, warmup + 1);
  if (s.shape != Shape::kInverseSqrt) update = std::min(update, total - 1);
  return s.min_fraction + (1 - s.min_fraction) * Decayed(s, update, warmup, total);
}

}  // namespace ablate
