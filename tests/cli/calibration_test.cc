// `ablate plan --calibrate` with the worker that trains.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;

constexpr const char* kSuite = R"({
  "schema_version": 1, "name": "tiny", "device": "cpu",
  "corpus": {"name": "phrasebook", "pairs": 300},
  "model": {"d_model": 16, "layers": 1, "heads": 2, "d_ff": 32},
  "target": {"metric": "train_loss", "value": 0.01, "max_epochs": 1000000, "max_seconds": 2},
  "seeds": [1, 2, 3],
  "matrix": {"padding": ["static", "dynamic"]}
})";

TEST(CalibrationTest, TellsWhatARunOfTheBaselineTakes) {
  const fs::path project = testing::TemporaryFolder();
  fs::create_directories(project / "suites");
  const fs::path suite = project / "suites" / "tiny.json";
  testing::WriteAll(suite, kSuite);

  const testing::ProcessResult result =
      testing::RunProcess({ABLATE_DRIVER, "plan", suite.string(), "--calibrate"}, "",
                          {{"ABLATE_CACHE", (project / "cache").string()}});

  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, ContainsRegex("padding=static seed 1: not reached"));
  // Two seconds of training, and what comes before and after.
  EXPECT_THAT(result.out, ContainsRegex("if each of 6 runs takes [2-9]\\.[0-9] s, as the baseline "
                                        "does"));
  EXPECT_FALSE(fs::exists(project / "results"));
}

}  // namespace
}  // namespace ablate
