#include "harness/report/exports/action_benchmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/report/study.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using testing::Study;

nlohmann::ordered_json Exported(const Study& study) {
  const Summary summary = study.Analysed();
  return ActionBenchmark({study.results(), summary});
}

nlohmann::ordered_json Named(const nlohmann::ordered_json& entries, const std::string& name) {
  for (const auto& entry : entries) {
    if (entry["name"] == name) return entry;
  }
  return nullptr;
}

TEST(ActionBenchmarkTest, HasWhatTheActionNeedsUnderUniqueNames) {
  Study study(2);
  study.RunAll().Change("static,constant", 2, [](Record& r) { r.time_to_target_s = 12; });
  const auto entries = Exported(study);
  std::set<std::string> names;
  for (const auto& entry : entries) {
    EXPECT_TRUE(entry["value"].is_number()) << entry;
    EXPECT_TRUE(entry["unit"].is_string()) << entry;
    EXPECT_TRUE(names.insert(entry["name"]).second) << entry;
  }
  EXPECT_EQ(entries.size(), 4u * 4u);  // no RSS, no energy was measured
  const auto time = Named(entries, "padding=static,schedule=constant: time_to_target_s");
  EXPECT_NEAR(time["value"], std::sqrt(10.0 * 12.0), 1e-9);
  EXPECT_EQ(time["unit"], "s");
  EXPECT_THAT(std::string(time["range"]), HasSubstr(" to "));
  EXPECT_THAT(std::string(time["extra"]), HasSubstr("reached the target: 2 of 2"));
  EXPECT_THAT(std::string(time["extra"]), HasSubstr("-s2"));
}

TEST(ActionBenchmarkTest, GivesNoRangeWithOneSeedAndNoTimeToACensoredCell) {
  Study study(1);
  study.RunAll().Change("static,onecycle", 1, [](Record& r) { testing::NotReached(r, 30, 3000); });
  const auto entries = Exported(study);
  EXPECT_FALSE(
      Named(entries, "padding=static,schedule=constant: time_to_target_s").contains("range"));
  EXPECT_TRUE(Named(entries, "padding=static,schedule=onecycle: time_to_target_s").is_null());
  EXPECT_TRUE(Exported(Study(2)).is_array());
}

}  // namespace
}  // namespace ablate
