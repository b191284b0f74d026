#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "tests/data/corpus_files.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

class CacheTest : public ::testing::Test {
 protected:
  CacheTest() {
    testing::WriteFile(project_ / "CMakeLists.txt", "");
    testing::WriteFile(project_ / "suites/deep/file", "");
    fs::create_directories(project_ / "build/bin");
  }

  // What DefaultCache gives a program that lies in `program_folder` and is called in `current`.
  static std::string CacheOf(const fs::path& program_folder, const fs::path& current,
                             Environment environment) {
    const fs::path program = program_folder / "print_cache";
    fs::copy_file(fs::path(ABLATE_BINARY_DIR) / "print_cache", program,
                  fs::copy_options::overwrite_existing);
    environment.try_emplace("ABLATE_CACHE", "");
    environment.try_emplace("XDG_CACHE_HOME", "");
    const std::string command = "cd '" + current.string() + "' && '" + program.string() + "'";
    return testing::RunProcess({"sh", "-c", command}, "", environment).out;
  }

  const fs::path project_ = fs::canonical(testing::TemporaryFolder());
  const fs::path elsewhere_ = fs::canonical(testing::TemporaryFolder());
};

TEST_F(CacheTest, ObeysItsVariableFirst) {
  EXPECT_EQ(CacheOf(elsewhere_, project_, {{"ABLATE_CACHE", "/somewhere"}}), "/somewhere");
  EXPECT_EQ(CacheOf(elsewhere_, project_, {{"ABLATE_CACHE", "here"}}), project_ / "here");
}

TEST_F(CacheTest, LiesInTheProjectOfTheCurrentFolder) {
  EXPECT_EQ(CacheOf(elsewhere_, project_ / "suites/deep", {}), project_ / ".cache");
}

TEST_F(CacheTest, LiesInTheProjectOfTheProgramElse) {
  EXPECT_EQ(CacheOf(project_ / "build/bin", elsewhere_, {}), project_ / ".cache");
}

TEST_F(CacheTest, LiesInTheUsersCacheOutsideOfProjects) {
  EXPECT_EQ(CacheOf(elsewhere_, elsewhere_, {{"XDG_CACHE_HOME", "/xdg"}, {"HOME", "/home"}}),
            "/xdg/ablate");
  EXPECT_EQ(CacheOf(elsewhere_, elsewhere_, {{"HOME", "/home"}}), "/home/.cache/ablate");
}

}  // namespace
}  // namespace ablate
