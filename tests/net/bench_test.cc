// ablate-bench as its users start it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using testing::ProcessResult;
using testing::RunProcess;

ProcessResult Bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), ABLATE_BINARY_DIR "/ablate-bench");
  return RunProcess(arguments);
}

TEST(BenchTest, EveryFamilyRunsAndCountsARate) {
  const ProcessResult result =
      Bench({"--threads=1", "--benchmark_min_time=0.001", "--benchmark_format=json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["context"]["threads"], "1");
  std::set<std::string> families;
  for (const auto& benchmark : report["benchmarks"]) {
    const auto name = benchmark["name"].get<std::string>();
    families.insert(name.substr(0, name.find('/')));
    EXPECT_FALSE(benchmark.contains("error_occurred")) << name;
    const auto is_rate = [](const auto& entry) {
      return entry.key().ends_with("_per_s") && entry.value().template get<double>() > 0;
    };
    const auto items = benchmark.items();
    EXPECT_TRUE(std::any_of(items.begin(), items.end(), is_rate)) << name;
  }
  EXPECT_THAT(families, ::testing::ElementsAre("Attention", "Collation", "Embedding", "FeedForward",
                                               "Linear", "Loading", "Loss", "Optimizer", "Residual",
                                               "Update", "Vocabulary"));
}

TEST(BenchTest, FlagsOfGoogleBenchmarkPassThrough) {
  const ProcessResult result =
      Bench({"--benchmark_list_tests", "--benchmark_filter=Update/padding:static"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Update/padding:static/precision:amp"));
  EXPECT_THAT(result.out, ::testing::Not(HasSubstr("Attention")));
}

TEST(BenchTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Bench({"--no_such_flag"}).exit_code, 3);
  EXPECT_EQ(Bench({"--threads=many"}).exit_code, 3);
  const ProcessResult device = Bench({"--device=abacus"});
  EXPECT_EQ(device.exit_code, 3);
  EXPECT_THAT(device.err, HasSubstr("abacus"));
}

}  // namespace
}  // namespace ablate
