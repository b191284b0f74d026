#include "harness/report/multiplicity.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;
using PValues = std::vector<std::optional<double>>;

TEST(MultiplicityTest, AgreesWithStatsmodels) {
  const std::vector<std::vector<double>> families{
      {0.01}, {0.04, 0.001, 0.03, 0.005}, {0.02, 0.02, 0.02}, {0.9, 0.5, 0.6}, {0, 1e-9, 0.2, 1}};
  const std::vector<int64_t> comparisons{1, 2, 23};
  const json question{{"families", families}, {"comparisons", comparisons}};
  const json truth =
      json::parse(testing::RunPython("tests/report/multiplicity.py", {}, question.dump()));
  for (size_t i = 0; i < families.size(); ++i) {
    const PValues adjusted = HolmAdjusted(PValues(families[i].begin(), families[i].end()));
    for (size_t j = 0; j < adjusted.size(); ++j) {
      EXPECT_NEAR(adjusted[j].value(), truth["holm"][i][j], 1e-14) << i << ' ' << j;
    }
  }
  for (size_t i = 0; i < comparisons.size(); ++i) {
    EXPECT_NEAR(SidakConfidence(comparisons[i]), truth["sidak"][i], 1e-14);
    EXPECT_NEAR(BonferroniConfidence(comparisons[i]), truth["bonferroni"][i], 1e-14);
  }
}

TEST(MultiplicityTest, AbsentTestsCostNothing) {
  const PValues adjusted = HolmAdjusted(PValues{0.02, std::nullopt, 0.04});
  EXPECT_EQ(adjusted, (PValues{0.04, std::nullopt, 0.04}));
  EXPECT_TRUE(HolmAdjusted({}).empty());
}

}  // namespace
}  // namespace ablate
