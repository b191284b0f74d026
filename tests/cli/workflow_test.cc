// The workflows under .github, as far as they can be checked without running them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::ProcessResult;

const fs::path kWorkflows = fs::path(ABLATE_SOURCE_DIR) / ".github" / "workflows";

// check-jsonschema with the schema of GitHub's workflows that it carries: no network.
ProcessResult Check(const fs::path& workflow) {
  const fs::path tool = fs::path(ABLATE_PYTHON).parent_path() / "check-jsonschema";
  return testing::RunProcess(
      {tool.string(), "--builtin-schema", "vendor.github-workflows", workflow.string()});
}

TEST(WorkflowTest, KeepsToGitHubsSchema) {
  size_t workflows = 0;
  for (const auto& entry : fs::directory_iterator(kWorkflows)) {
    const ProcessResult result = Check(entry.path());
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    ++workflows;
  }
  EXPECT_GE(workflows, 1u);
}

TEST(WorkflowTest, SchemaWouldSeeAMisspelledKey) {
  std::string text = testing::ReadAll(kWorkflows / "gpu.yml");
  const size_t at = text.find("runs-on:");
  ASSERT_NE(at, std::string::npos);
  const fs::path broken = fs::path(testing::TemporaryFolder()) / "gpu.yml";
  testing::WriteAll(broken, text.replace(at, 8, "run-on:"));
  EXPECT_EQ(Check(broken).exit_code, 1);
}

}  // namespace
}  // namespace ablate
