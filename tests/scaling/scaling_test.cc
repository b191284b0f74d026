// The measurement of how costs grow, in small.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/report/theme.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProcessResult;

const std::string kScripts = ABLATE_SOURCE_DIR "/tests/scaling/";

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  return (std::ostringstream() << file.rdbuf()).str();
}

ProcessResult Measure(const std::string& folder, std::vector<std::string> arguments) {
  const std::vector<std::string> start = {ABLATE_PYTHON, kScripts + "scaling.py",
                                          "--binaries",  ABLATE_BINARY_DIR,
                                          "--rounds",    "1",
                                          "--output",    folder};
  arguments.insert(arguments.begin(), start.begin(), start.end());
  return testing::RunProcess(arguments);
}

TEST(ScalingTest, FitsAreThoseOfSciPy) { testing::RunPython("tests/scaling/fit_check.py"); }

TEST(ScalingTest, PicturesLookLikeThoseOfReports) {
  const json themes = json::parse(Read(kScripts + "theme.json"));
  EXPECT_EQ(themes.at("light"), PlotBase(LightTheme()));
  EXPECT_EQ(themes.at("dark"), PlotBase(DarkTheme()));
}

TEST(ScalingTest, MeasuresUpdatesDriverAndCorpus) {
  const std::string folder = testing::TemporaryFolder() + "/scaling";
  const ProcessResult result =
      Measure(folder, {"--sweeps", "tokens", "--round-seconds", "0.01", "--sizes", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json data = json::parse(Read(folder + "/data.json"));
  for (const json& series : data.at("series")) {
    ASSERT_EQ(series.at("points").size(), 2u) << series;
    for (const json& point : series.at("points")) EXPECT_GT(point.at("seconds"), 0) << point;
    EXPECT_TRUE(series.at("exponent").at("value").is_number()) << series;
  }
  const std::string report = Read(folder + "/report.md");
  for (const char* title : {"An update against its target tokens", "The driver against runs",
                            "A corpus against pairs"}) {
    EXPECT_THAT(report, HasSubstr(title));
  }
  for (const char* plot : {"update_tokens", "driver_runs", "corpus_pairs"}) {
    for (const char* theme : {"light", "dark"}) {
      EXPECT_THAT(Read(folder + "/plots/" + plot + "-" + theme + ".svg"), HasSubstr("</svg>"));
    }
  }
  EXPECT_THAT(report + data.dump(), Not(HasSubstr(folder)));
  EXPECT_THAT(report + data.dump(), Not(HasSubstr(ABLATE_SOURCE_DIR)));
}

}  // namespace
}  // namespace ablate
