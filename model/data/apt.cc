#include "model/data/apt.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "model/error.h"

namespace ablate {
namespace {

// Standard streams and the current folder of a child process.
class FileActions {
 public:
  FileActions(const std::filesystem::path& folder, const std::filesystem::path& log) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
  }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::string Contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The exit status, or 127 where there is no such program.
int Run(const std::vector<std::string>& arguments, const FileActions& actions) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, argv[0], actions.get(), nullptr, argv.data(), environ) != 0) return 127;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Mend(const std::vector<std::string>& packages) {
  std::string names;
  for (const std::string& package : packages) names += " " + package;
  return "update apt's lists (apt-get update), or on a machine with Debian and network run "
         "'apt-get download" +
         names + "' and give the folder with the files to --from";
}

}  // namespace

void AptDownload(const std::vector<std::string>& packages, const std::filesystem::path& folder) {
  const std::filesystem::path log = std::filesystem::absolute(folder) / "apt-get.log";
  std::vector<std::string> arguments = {"apt-get", "-q"};
  // As root, apt would download as the user _apt, who may not write here, and warn about that.
  if (geteuid() == 0) arguments.insert(arguments.end(), {"-o", "APT::Sandbox::User=root"});
  arguments.emplace_back("download");
  arguments.insert(arguments.end(), packages.begin(), packages.end());
  const int status = Run(arguments, FileActions(folder, log));
  if (status == 127) {
    throw Error("there is no apt-get, which these packages come with; " + Mend(packages));
  }
  if (status != 0) {
    throw Error("apt-get download failed:\n" + Contents(log) + Mend(packages));
  }
  std::filesystem::remove(log);
}

}  // namespace ablate
