// suites/slurm_array.sbatch, with the variables set that Slurm would set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::ProcessResult;

class SlurmArrayTest : public ::testing::Test {
 protected:
  SlurmArrayTest() { driver_.WriteSuite(testing::SmallSuiteText(R"("seeds": [1, 2, 3])")); }

  // As sbatch does: a copy of the script, in another folder than the one it was submitted from.
  ProcessResult Run(std::map<std::string, std::string> variables,
                    const std::vector<std::string>& more = {}) const {
    const fs::path script = fs::path(testing::TemporaryFolder()) / "slurm_script";
    fs::copy_file(fs::path(ABLATE_SOURCE_DIR) / "suites" / "slurm_array.sbatch", script);
    variables.insert({{"SLURM_SUBMIT_DIR", driver_.project().string()},
                      {"ABLATE", (driver_.project() / "bin" / "ablate").string()},
                      {"ABLATE_CACHE", (driver_.project() / "cache").string()},
                      {"ABLATE_PYTHON", "false"}});
    std::vector<std::string> argv = {"bash", script.string(), "suites/small.json"};
    argv.insert(argv.end(), more.begin(), more.end());
    return testing::RunProcess(argv, "", variables);
  }

  static std::map<std::string, std::string> Task(int task, int tasks) {
    return {{"SLURM_ARRAY_TASK_ID", std::to_string(task)},
            {"SLURM_ARRAY_TASK_MIN", "1"},
            {"SLURM_ARRAY_TASK_MAX", std::to_string(tasks)},
            {"SLURM_ARRAY_TASK_COUNT", std::to_string(tasks)}};
  }

  testing::Driver driver_;
};

TEST_F(SlurmArrayTest, GivesEachTaskItsSeedBlocks) {
  std::string all;
  for (int task = 1; task <= 3; ++task) {
    const ProcessResult result = Run(Task(task, 3), {"--dry-run"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("4 of 4 runs would be run"));
    EXPECT_THAT(result.out, HasSubstr("results/small-shards/" + std::to_string(task)));
    all += result.out;
  }
  for (const char* seed : {" seed 1\n", " seed 2\n", " seed 3\n"}) {
    size_t runs = 0;
    for (size_t at = all.find(seed); at != std::string::npos; at = all.find(seed, at + 1)) ++runs;
    EXPECT_EQ(runs, 4u) << seed;
  }
  EXPECT_EQ(driver_.Starts(), 0u);
}

TEST_F(SlurmArrayTest, SubmitsATaskAloneByTheNumberOfShards) {
  ProcessResult result = Run(Task(2, 2), {"--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;  // seed 2
  std::map<std::string, std::string> alone = Task(2, 2);
  alone["SLURM_ARRAY_TASK_COUNT"] = "1";
  result = Run(alone, {"--dry-run"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("set SHARDS"));
  result = Run(Task(1, 1), {"--dry-run"});  // it may be a part of any array
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("set SHARDS"));
  alone["SHARDS"] = "3";
  result = Run(alone, {"--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("4 of 4 runs would be run"));
}

TEST_F(SlurmArrayTest, MergesTheShardsIntoOneReport) {
  for (int task = 1; task <= 2; ++task) {
    const ProcessResult result = Run(Task(task, 2));
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  EXPECT_EQ(driver_.Starts(), 12u);
  const ProcessResult result = Run({}, {"--export", "junit"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(driver_.Records().size(), 12u);
  EXPECT_TRUE(fs::exists(driver_.report() / "report.md"));
  EXPECT_TRUE(fs::exists(driver_.report() / "exports" / "junit.xml"));
}

TEST_F(SlurmArrayTest, MergesAgainWhenALateTaskIsDone) {
  for (int task = 1; task <= 2; ++task) ASSERT_EQ(Run(Task(task, 3)).exit_code, 0);
  ASSERT_EQ(Run({}).exit_code, 0);
  EXPECT_EQ(driver_.Records().size(), 8u);
  ASSERT_EQ(Run(Task(3, 3)).exit_code, 0);
  const ProcessResult result = Run({});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("earlier results are now in results/small.old-"));
  EXPECT_EQ(driver_.Records().size(), 12u);
}

TEST_F(SlurmArrayTest, SaysWhatIsMissing) {
  ProcessResult result = Run({});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("fewer than two shards in results/small-shards"));
  result = Run({{"ABLATE", "no/such/ablate"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("there is no no/such/ablate"));
}

}  // namespace
}  // namespace ablate
