#include "techniques/schedules/onecycle.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "model/error.h"

namespace ablate {
namespace {

void CheckOptions(const OneCycleSchedule& s) {
  if (s.three_phase && s.pct_start > 0.5) {
    throw Error("three_phase goes up and down for pct_start each; give pct_start at most 0.5");
  }
  if (s.max_momentum >= 1 || s.base_momentum >= 1) {
    throw Error(
        "a momentum of 1 never forgets a gradient; give base_momentum and max_momentum below 1");
  }
}

// One stretch of the cycle, up to and including update `end`.
struct Phase {
  double end;
  double lr_from, lr_to;
  double momentum_from, momentum_to;
};

std::vector<Phase> Phases(const OneCycleSchedule& s, double max_lr, double total) {
  const double first = max_lr / s.div_factor;
  const double last = first / s.final_div_factor;
  const double up = s.pct_start * total - 1;
  const Phase rise = {up, first, max_lr, s.max_momentum, s.base_momentum};
  if (!s.three_phase) return {rise, {total - 1, max_lr, last, s.base_momentum, s.max_momentum}};
  return {rise,
          {2 * s.pct_start * total - 2, max_lr, first, s.base_momentum, s.max_momentum},
          {total - 1, first, last, s.max_momentum, s.max_momentum}};
}

double Anneal(OneCycleSchedule::Anneal shape, double from, double to, double fraction) {
  if (shape == OneCycleSchedule::Anneal::kLinear) return (to - from) * fraction + from;
  return to + (from - to) / 2 * (std::cos(std::numbers::pi * fraction) + 1);
}

}  // namespace

std::vector<Option> OneCycleOptions() {
  using enum Option::Type;
  return {
      Option::Positive("max_lr", "the highest rate; default: training.learning_rate"),
      Option::Fraction("pct_start", "fraction of the horizon spent warming up; default 0.3"),
      Option::Positive("div_factor", "the first rate is max_lr / div_factor; default 25"),
      Option::Positive("final_div_factor",
                       "the last rate is the first / final_div_factor; default 1e4"),
      {.name = "anneal", .type = kChoice, .help = "default cos", .choices = {"cos", "linear"}},
      {.name = "three_phase",
       .type = kBoolean,
       .help = "down to the first rate as long as it went up, then to the last; default false"},
      {.name = "cycle_momentum",
       .type = kBoolean,
       .help = "momentum falls while the rate rises, and back; default true"},
      Option::Fraction("base_momentum", "momentum at the highest rate; default 0.85"),
      Option::Fraction("max_momentum", "momentum at the lowest rates; default 0.95"),
      Option::Positive("horizon_epochs", "length of the cycle; default: target.max_epochs"),
  };
}

OneCycleSchedule ReadOneCycle(const nlohmann::json& options) {
  OneCycleSchedule s;
  s.max_lr = options.value("max_lr", s.max_lr);
  s.pct_start = options.value("pct_start", s.pct_start);
  s.div_factor = options.value("div_factor", s.div_factor);
  s.final_div_factor = options.value("final_div_factor", s.final_div_factor);
  if (options.value("anneal", "cos") == "linear") s.anneal = OneCycleSchedule::Anneal::kLinear;
  s.three_phase = options.value("three_phase", s.three_phase);
  s.cycle_momentum = options.value("cycle_momentum", s.cycle_momentum);
  s.base_momentum = options.value("base_momentum", s.base_momentum);
  s.max_momentum = options.value("max_momentum", s.max_momentum);
  s.horizon_epochs = options.value("horizon_epochs", s.horizon_epochs);
  CheckOptions(s);
  return s;
}

ScheduleValues OneCycleAt(const OneCycleSchedule& s, const Optimizer& optimizer, int64_t update,
                          int64_t total_updates) {
  const double max_lr = s.max_lr > 0 ? s.max_lr : optimizer.learning_rate;
  const double step = static_cast<double>(std::min(update, total_updates - 1));
  const std::vector<Phase> phases = Phases(s, max_lr, static_cast<double>(total_updates));
  size_t i = 0;
  double start = 0;
  while (i + 1 < phases.size() && step > phases[i].end) start = phases[i++].end;
  const Phase& phase = phases[i];
  // A phase that is shorter than an update has no inside.
  const double fraction = phase.end > start ? (step - start) / (phase.end - start) : 1;
  ScheduleValues values{Anneal(s.anneal, phase.lr_from, phase.lr_to, fraction), std::nullopt};
  if (s.cycle_momentum) {
    values.momentum = Anneal(s.anneal, phase.momentum_from, phase.momentum_to, fraction);
  }
  return values;
}

}  // namespace ablate
