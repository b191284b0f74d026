#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::Driver;
using ::testing::HasSubstr;
using testing::ProcessResult;

TEST(MergeCommandTest, MakesOneFolderOfShardsThatReportAndRunGoOnFrom) {
  Driver driver;
  driver.WriteSuite(testing::SmallSuiteText(R"("seeds": [1, 2, 3])"));
  const auto shard = [&](const std::string& part) {
    return (driver.project() / "results" / ("shard-" + part)).string();
  };
  for (const char* part : {"1", "2"}) {
    const ProcessResult run = driver.Run({driver.suite().string(), "--no-report", "--shard",
                                          std::string(part) + "/2", "--results", shard(part)});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  const std::string merged = (driver.project() / "results" / "merged").string();
  const ProcessResult merge = driver.Run({"merge", shard("1"), shard("2"), "--output", merged});
  EXPECT_EQ(merge.exit_code, 0) << merge.err;
  EXPECT_THAT(merge.out, HasSubstr("12 records of 12 runs are now in "));
  EXPECT_EQ(driver.Run({"report", merged}).exit_code, 0);
  const ProcessResult resumed =
      driver.Run({driver.suite().string(), "--no-report", "--results", merged});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(driver.Starts(), 12u);
  EXPECT_EQ(driver.Run({"merge", shard("1"), shard("2"), "--output", merged}).exit_code, 3);
  EXPECT_EQ(driver.Run({"merge", shard("1"), "--output", merged + "2"}).exit_code, 3);
}

}  // namespace
}  // namespace ablate
