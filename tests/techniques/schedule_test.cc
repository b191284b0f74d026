#include "techniques/schedule.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/random.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;

Schedule ScheduleFrom(const json& options) {
  Recipe recipe;
  ScheduleTechnique().Apply("onecycle", options, recipe);
  return recipe.schedule;
}

// Settings over the whole range that PyTorch takes, short horizons included.
json RandomSetting(Random& random) {
  const auto between = [&](double low, double high) {
    return low + (high - low) * random.Uniform();
  };
  const bool three_phase = random.Below(2) == 1;
  // PyTorch divides by zero where a phase has no length, so the first must be longer than one
  // update.
  const int64_t total = 12 + static_cast<int64_t>(random.Below(300));
  return {{"total_steps", total},
          {"max_lr", between(1e-5, 1)},
          {"pct_start", between(0.2, three_phase ? 0.45 : 0.9)},
          {"div_factor", between(1, 100)},
          {"final_div_factor", between(1, 1e5)},
          {"anneal", random.Below(2) == 1 ? "cos" : "linear"},
          {"three_phase", three_phase},
          {"cycle_momentum", random.Below(2) == 1},
          {"base_momentum", between(0.5, 0.85)},
          {"max_momentum", between(0.86, 0.99)}};
}

void ExpectSameSteps(const json& setting, const json& expected) {
  json options = setting;
  options.erase("total_steps");
  const Schedule schedule = ScheduleFrom(options);
  const int64_t total = setting.at("total_steps");
  ASSERT_EQ(static_cast<int64_t>(expected.size()), total);
  for (int64_t step = 0; step < total; ++step) {
    const ScheduleValues values = At(schedule, Optimizer{}, step, total);
    const double lr = expected[step][0];
    ASSERT_NEAR(values.learning_rate, lr, 1e-12 * std::abs(lr) + 1e-18)
        << setting << " step " << step;
    ASSERT_NEAR(values.momentum.value_or(0.9), expected[step][1].get<double>(), 1e-12)
        << setting << " step " << step;
  }
}

TEST(ScheduleTest, OneCycleEqualsPyTorchAtEveryStep) {
  Random random(7);
  json settings = json::array();
  for (int i = 0; i < 400; ++i) settings.push_back(RandomSetting(random));
  const json expected =
      json::parse(testing::RunPython("tests/techniques/onecycle.py", {}, settings.dump()));
  ASSERT_EQ(expected.size(), settings.size());
  for (size_t i = 0; i < settings.size(); ++i) ExpectSameSteps(settings[i], expected[i]);
}

TEST(ScheduleTest, HoldsTheLastRateBeyondTheHorizon) {
  const Schedule schedule = ScheduleFrom(json::object());
  const double last = At(schedule, Optimizer{}, 99, 100).learning_rate;
  EXPECT_DOUBLE_EQ(last, 1e-3 / 25 / 1e4);
  EXPECT_EQ(At(schedule, Optimizer{}, 100000, 100).learning_rate, last);
}

TEST(ScheduleTest, MaxLrDefaultsToTheLearningRate) {
  Optimizer optimizer;
  optimizer.learning_rate = 0.25;
  const Schedule schedule = ScheduleFrom({{"pct_start", 0.5}});
  EXPECT_DOUBLE_EQ(At(schedule, optimizer, 49, 100).learning_rate, 0.25);
}

TEST(ScheduleTest, AnyHorizonGivesFiniteRates) {
  for (const double pct_start : {0.0, 0.01, 0.5, 1.0}) {
    for (const bool three_phase : {false, true}) {
      if (three_phase && pct_start > 0.5) continue;
      const Schedule schedule =
          ScheduleFrom({{"pct_start", pct_start}, {"three_phase", three_phase}});
      for (int64_t total = 1; total < 8; ++total) {
        for (int64_t update = 0; update < total + 2; ++update) {
          const double rate = At(schedule, Optimizer{}, update, total).learning_rate;
          EXPECT_GT(rate, 0) << pct_start << ' ' << total << ' ' << update;
          EXPECT_LE(rate, 1e-3) << pct_start << ' ' << total << ' ' << update;
        }
      }
    }
  }
}

TEST(ScheduleTest, ConstantIsConstant) {
  Optimizer optimizer;
  optimizer.learning_rate = 0.125;
  for (const int64_t update : {0, 5, 500}) {
    const ScheduleValues values = At(ConstantSchedule{}, optimizer, update, 10);
    EXPECT_EQ(values.learning_rate, 0.125);
    EXPECT_FALSE(values.momentum.has_value());
  }
}

TEST(ScheduleTest, RefusesOptionsThatContradictEachOther) {
  EXPECT_THROW(ScheduleFrom({{"three_phase", true}, {"pct_start", 0.6}}), Error);
  EXPECT_THROW(ScheduleFrom({{"max_momentum", 1.0}}), Error);
}

}  // namespace
}  // namespace ablate
