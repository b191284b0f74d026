#include "harness/report/vega.h"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
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

// Files rather than pipes: neither side can block on the other.
int RunWithFiles(const std::string& python, FILE* input, FILE* output) {
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
  if (error != 0) return 127;
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
  json request = json::array();
  for (const SvgJob& job : jobs) {
    request.push_back({{"plot", job.plot}, {"file", job.file.string()}});
  }
  const File input = OpenTemporary(), output = OpenTemporary();
  if (!input || !output) return "no temporary file could be made";
  const std::string text = request.dump();
  if (std::fwrite(text.data(), 1, text.size(), input.get()) != text.size()) {
    return "a temporary file could not be written";
  }
  std::rewind(input.get());
  const int exit_code = RunWithFiles(python, input.get(), output.get());
  if (exit_code == 0) return "";
  if (exit_code == 127) return "'" + python + "' could not be started";
  return LastLine(output.get());
}

}  // namespace ablate
