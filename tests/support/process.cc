#include "tests/support/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace ablate::testing {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Folders are removed when the program ends, not when a test does: a failing test's files stay
// readable until then.
struct TemporaryFolders {
  std::vector<std::filesystem::path> paths;
  ~TemporaryFolders() {
    std::error_code ignored;
    for (const auto& path : paths) std::filesystem::remove_all(path, ignored);
  }
};

[[noreturn]] void Exec(const std::vector<std::string>& argv,
                       const std::map<std::string, std::string>& environment,
                       const std::filesystem::path& folder) {
  const auto redirect = [&](const char* name, int flags, int fd) {
    const int file = open((folder / name).c_str(), flags, 0600);
    dup2(file, fd);
  };
  redirect("in", O_RDONLY, STDIN_FILENO);
  redirect("out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  redirect("err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

ProcessResult RunProcess(const std::vector<std::string>& argv, const std::string& input,
                         const std::map<std::string, std::string>& environment) {
  const std::filesystem::path folder = TemporaryFolder();
  std::ofstream(folder / "in", std::ios::binary) << input;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) Exec(argv, environment, folder);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          ReadFile(folder / "out"), ReadFile(folder / "err")};
}

std::string RunPython(const std::string& script, const std::vector<std::string>& arguments,
                      const std::string& input) {
  std::vector<std::string> argv = {ABLATE_PYTHON, std::string(ABLATE_SOURCE_DIR) + "/" + script};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const ProcessResult result = RunProcess(argv, input);
  EXPECT_EQ(result.exit_code, 0) << script << ": " << result.err;
  return result.out;
}

std::string TemporaryFolder() {
  static TemporaryFolders folders;
  std::string path = (std::filesystem::temp_directory_path() / "ablate-test-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder: " + path);
  folders.paths.emplace_back(path);
  return path;
}

}  // namespace ablate::testing
