#include "harness/report/vega.h"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

extern char** environ;

namespace ablate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kScript = R"(
import json, sys
try:
    import vl_convert
except ImportError:
    sys.exit("the Python package vl-convert-python is not installed")
for job in json.load(sys.stdin):
    svg = vl_convert.vegalite_to_svg(job["plot"], vl_version="5.21")
    with open(job["file"], "w", encoding="utf-8", newline="\n") as file:
        file.write(svg + "\n")
)";

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File OpenTemporary() { return File(std::tmpfile(), &std::fclose); }

// Files rather than pipes: neither side can block on the other. Returns 0 where it can't be
// started.
pid_t Start(const std::string& python, FILE* input, FILE* output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(input), 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(output), 1);
  posix_spawn_file_actions_adddup2(&actions, fileno(output), 2);
  std::string program = python, flag = "-c", script = kScript;
  char* argv[] = {program.data(), flag.data(), script.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? child : 0;
}

int Await(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string LastLine(FILE* file) {
  std::rewind(file);
  std::string last, line;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
    if (c != '\n') {
      line += static_cast<char>(c);
    } else if (!line.empty()) {
      last = std::exchange(line, "");
    }
  }
  return line.empty() ? last : line;
}

// A Python process that renders some of the jobs.
class Renderer {
 public:
  Renderer(const std::string& python, const json& request) : python_(python) {
    if (!input_ || !output_) {
      failure_ = "no temporary file could be made";
      return;
    }
    const std::string text = request.dump();
    if (std::fwrite(text.data(), 1, text.size(), input_.get()) != text.size()) {
      failure_ = "a temporary file could not be written";
      return;
    }
    std::rewind(input_.get());
    child_ = Start(python, input_.get(), output_.get());
  }

  // What went wrong, in words; empty where nothing did.
  std::string Finish() {
    if (!failure_.empty()) return failure_;
    const int exit_code = child_ == 0 ? 127 : Await(child_);
    if (exit_code == 0) return "";
    return exit_code == 127 ? "'" + python_ + "' could not be started" : LastLine(output_.get());
  }

 private:
  std::string python_, failure_;
  File input_ = OpenTemporary(), output_ = OpenTemporary();
  pid_t child_ = 0;
};

// A process takes half a second to start, and then tenths for a plot.
constexpr size_t kMostProcesses = 4, kJobsAProcess = 6;

size_t ProcessesFor(size_t jobs) {
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return std::clamp<size_t>(jobs / kJobsAProcess, 1, std::min(cores, kMostProcesses));
}

}  // namespace

std::string FindPython() {
  const char* named = std::getenv("ABLATE_PYTHON");
  if (named != nullptr && *named != '\0') return named;
  std::error_code ignored;
  fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    const fs::path python = folder / ".deps" / "bin" / "python";
    if (fs::exists(python, ignored)) return python;
  }
  return "python3";
}

std::string RenderSvgs(const std::vector<SvgJob>& jobs, const std::string& python) {
  if (jobs.empty()) return "";
  std::vector<json> requests(ProcessesFor(jobs.size()), json::array());
  for (size_t i = 0; i < jobs.size(); ++i) {
    requests[i % requests.size()].push_back(
        {{"plot", jobs[i].plot}, {"file", jobs[i].file.string()}});
  }
  std::vector<std::unique_ptr<Renderer>> renderers;
  for (const json& request : requests) {
    renderers.push_back(std::make_unique<Renderer>(python, request));
  }
  std::string failure;
  for (const auto& renderer : renderers) {
    const std::string why = renderer->Finish();
    if (failure.empty()) failure = why;
  }
  return failure;
}

}  // namespace ablate
