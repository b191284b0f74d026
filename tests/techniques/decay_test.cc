#include "techniques/schedules/decay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/random.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr auto kLevels = std::to_array<const char*>(
    {"constant", "cosine", "inverse_sqrt", "linear", "polynomial", "warmup_stable_decay"});

Schedule ScheduleFrom(const std::string& level, const json& options) {
  Recipe recipe;
  ScheduleTechnique().Apply(level, options, recipe);
  return recipe.schedule;
}

double Rate(const Schedule& schedule, int64_t update, int64_t total, double learning_rate = 1) {
  Optimizer optimizer;
  optimizer.learning_rate = learning_rate;
  return At(schedule, optimizer, update, total).learning_rate;
}

// Of every level and length, with and without a warm-up and a floor; with all options, of which the
// level takes its own.
json RandomSetting(Random& random, const char* level) {
  const auto between = [&](double low, double high) {
    return low + (high - low) * random.Uniform();
  };
  const auto sometimes = [&](double value) { return random.Below(3) == 0 ? 0.0 : value; };
  const bool needs_warmup = level == std::string("inverse_sqrt");
  const double warmup = between(0.01, 0.6);
  return {{"level", level},
          {"total", 1 + random.Below(150)},
          {"learning_rate", between(1e-5, 1)},
          {"warmup_fraction", needs_warmup ? warmup : sometimes(warmup)},
          {"min_fraction", sometimes(between(0, 0.9))},
          {"power", between(0.3, 4)},
          {"decay_fraction", between(0.01, 0.4)}};
}

json OptionsOf(const json& setting) {
  const Level& level = *FindLevel(ScheduleTechnique(), setting.at("level").get<std::string>());
  json options = json::object();
  for (const Option& option : level.options) {
    if (setting.contains(option.name)) options[option.name] = setting[option.name];
  }
  return options;
}

void ExpectSameRates(const json& setting, const json& expected) {
  const Schedule schedule = ScheduleFrom(setting.at("level"), OptionsOf(setting));
  const double learning_rate = setting.at("learning_rate");
  const int64_t total = setting.at("total");
  ASSERT_EQ(std::ssize(expected), total);
  for (int64_t update = 0; update < total; ++update) {
    ASSERT_NEAR(Rate(schedule, update, total, learning_rate), expected[update].get<double>(),
                1e-12 * learning_rate)
        << setting << " update " << update;
  }
}

TEST(DecayTest, EqualsPyTorchAndTransformersAtEveryUpdate) {
  Random random(11);
  json settings = json::array();
  for (int i = 0; i < 100; ++i) {
    for (const char* level : kLevels) settings.push_back(RandomSetting(random, level));
  }
  const json expected =
      json::parse(testing::RunPython("tests/techniques/decay.py", {}, settings.dump()));
  ASSERT_EQ(expected.size(), settings.size());
  int64_t by_torch = 0;
  for (size_t i = 0; i < settings.size(); ++i) {
    ExpectSameRates(settings[i], expected[i]["transformers"]);
    if (expected[i]["torch"].is_null()) continue;
    ExpectSameRates(settings[i], expected[i]["torch"]);
    ++by_torch;
  }
  EXPECT_GT(by_torch, 300);
}

TEST(DecayTest, WarmupSpendsNoUpdateAtZeroAndEndsAtTheWholeRate) {
  for (const char* level : kLevels) {
    const Schedule schedule = ScheduleFrom(level, {{"warmup_fraction", 0.25}});
    EXPECT_DOUBLE_EQ(Rate(schedule, 0, 12), 0.25) << level;
    EXPECT_DOUBLE_EQ(Rate(schedule, 1, 12), 0.5) << level;
    EXPECT_DOUBLE_EQ(Rate(schedule, 2, 12), 0.75) << level;
    EXPECT_DOUBLE_EQ(Rate(schedule, 3, 12), 1) << level;
  }
}

TEST(DecayTest, HoldsTheLastRateBeyondTheHorizonButForInverseSqrt) {
  for (const char* level : {"cosine", "linear", "polynomial", "warmup_stable_decay"}) {
    const Schedule schedule = ScheduleFrom(level, json::object());
    const double last = Rate(schedule, 99, 100);
    EXPECT_GT(last, 0) << level;
    EXPECT_LT(last, 0.11) << level;
    EXPECT_EQ(Rate(schedule, 5000, 100), last) << level;
  }
  const Schedule inverse_sqrt = ScheduleFrom("inverse_sqrt", {{"warmup_fraction", 0.24}});
  EXPECT_DOUBLE_EQ(Rate(inverse_sqrt, 2499, 100), 0.1);  // sqrt(25 / 2500)
}

TEST(DecayTest, AnyHorizonGivesRatesAboveZeroAndAtMostTheWhole) {
  for (const char* level : kLevels) {
    for (const double warmup : {0.001, 0.3, 0.9}) {
      const Schedule schedule = ScheduleFrom(level, {{"warmup_fraction", warmup}});
      for (int64_t total = 1; total < 8; ++total) {
        for (int64_t update = 0; update < total + 2; ++update) {
          const double rate = Rate(schedule, update, total);
          EXPECT_GT(rate, 0) << level << ' ' << warmup << ' ' << total << ' ' << update;
          EXPECT_LE(rate, 1) << level << ' ' << warmup << ' ' << total << ' ' << update;
        }
      }
    }
  }
}

TEST(DecayTest, DefaultsHaveAWarmupWhereTheRuleNeedsOne) {
  EXPECT_EQ(Rate(ScheduleFrom("cosine", json::object()), 0, 100), 1);
  EXPECT_DOUBLE_EQ(Rate(ScheduleFrom("inverse_sqrt", json::object()), 0, 100), 1.0 / 11);
  EXPECT_DOUBLE_EQ(Rate(ScheduleFrom("polynomial", json::object()), 50, 100), 0.25);
}

TEST(DecayTest, TheHorizonIsReadForEveryLevel) {
  for (const Level& level : ScheduleTechnique().levels()) {
    EXPECT_EQ(HorizonEpochs(ScheduleFrom(level.name, json::object())), 0) << level.name;
    EXPECT_EQ(HorizonEpochs(ScheduleFrom(level.name, {{"horizon_epochs", 2.5}})), 2.5)
        << level.name;
  }
}

TEST(DecayTest, RefusesWhatLeavesNoDecay) {
  EXPECT_THAT(
      [] {
        ScheduleFrom("cosine", {{"warmup_fraction", 1}});
      },
      ThrowsMessage<Error>(HasSubstr("warmup_fraction below 1")));
  const json both = {{"warmup_fraction", 0.7}, {"decay_fraction", 0.4}};
  EXPECT_THAT([&] { ScheduleFrom("warmup_stable_decay", both); },
              ThrowsMessage<Error>(HasSubstr("at most 1 together")));
  EXPECT_NO_THROW(
      ScheduleFrom("warmup_stable_decay", {{"warmup_fraction", 0.7}, {"decay_fraction", 0.3}}));
}

}  // namespace
}  // namespace ablate
