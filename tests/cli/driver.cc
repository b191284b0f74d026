#include "tests/cli/driver.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/runner/small_suite.h"

namespace ablate::testing {
namespace {

namespace fs = std::filesystem;

// The driver looks for its worker beside itself, so it is put beside the fake one.
void LinkOrCopy(const fs::path& file, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(file, to, error);
  if (error) fs::copy_file(file, to);
}

}  // namespace

Driver::Driver() : project_(TemporaryFolder()) {
  fs::create_directories(project_ / "suites");
  fs::create_directories(project_ / "bin");
  LinkOrCopy(ABLATE_DRIVER, project_ / "bin" / "ablate");
  fs::copy_file(ABLATE_FAKE_WORKER, project_ / "bin" / "ablate-worker");
  WriteSuite(SmallSuiteText());
}

void Driver::WriteSuite(const std::string& text) { WriteAll(suite(), text); }

void Driver::Behave(const std::string& behaviour) {
  WriteAll(project_ / "bin" / "behaviour", behaviour);
}

size_t Driver::Starts() const { return LinesOf(project_ / "bin" / "starts").size(); }

std::vector<std::string> Driver::Records() const { return LinesOf(results() / "records.jsonl"); }

ProcessResult Driver::Run(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& prefix) const {
  std::vector<std::string> argv = prefix;
  argv.push_back((project_ / "bin" / "ablate").string());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunProcess(argv, "",
                    {{"ABLATE_CACHE", (project_ / "cache").string()}, {"ABLATE_PYTHON", "false"}});
}

pid_t Driver::Start(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {(project_ / "bin" / "ablate").string(), suite().string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t driver = fork();
  if (driver != 0) return driver;
  // As from an interactive shell, whatever this test was started from.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) signal(number, SIG_DFL);
  setenv("ABLATE_CACHE", (project_ / "cache").c_str(), 1);
  setenv("ABLATE_PYTHON", "false", 1);
  const int log = open((project_ / "driver.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(pointers[0], pointers.data());
  _exit(127);
}

void Driver::AwaitStarts(size_t count) const {
  for (int i = 0; i < 1000 && Starts() < count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_GE(Starts(), count) << ReadAll(project_ / "driver.log");
}

int Await(pid_t driver) {
  int status = 0;
  waitpid(driver, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace ablate::testing
