#include "harness/run/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "model/error.h"

namespace ablate {
namespace {

constexpr size_t kPipeCapacity = 1 << 20;  // of any pipe that Linux gives to all

// Everything the child needs, made before fork: between fork and exec it may not allocate.
struct ChildPlan {
  std::vector<char*> argv;
  std::vector<std::string> environment_text;
  std::vector<char*> environment;
  ChildStreams streams;
  pid_t group = 0;
  int failure = -1;  // takes errno where exec fails
  pid_t parent = 0;
};

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> MergedEnvironment(std::map<std::string, std::string> added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!added.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
  }
  for (const auto& [name, value] : added) {
    if (!value.empty()) merged.push_back(name + "=" + value);
  }
  return merged;
}

[[noreturn]] void BecomeChild(const ChildPlan& plan) {
  setpgid(0, plan.group);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) _exit(127);  // the parent died before prctl could tell
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) signal(number, SIG_DFL);
  // Of driver and worker, the kernel had better end the worker when memory runs out.
  if (const int score = open("/proc/self/oom_score_adj", O_WRONLY); score >= 0) {
    if (write(score, "500", 3) != 3) { /* not allowed here; nothing depends on it */
    }
    close(score);
  }
  const int in = open("/dev/null", O_RDONLY);
  if (in >= 0) dup2(in, STDIN_FILENO);
  dup2(plan.streams.out, STDOUT_FILENO);
  dup2(plan.streams.err, STDERR_FILENO);
  if (plan.streams.progress >= 0) fcntl(plan.streams.progress, F_SETFD, 0);
  execvpe(plan.argv[0], plan.argv.data(), plan.environment.data());
  const int error = errno;
  if (write(plan.failure, &error, sizeof(error)) < 0) _exit(126);
  _exit(127);
}

// Returns the child's id, or throws with the reason why it can't run.
pid_t Spawn(const std::vector<std::string>& argv, std::map<std::string, std::string> environment,
            const ChildStreams& streams, pid_t group) {
  Pipe failure = MakePipe();
  ChildPlan plan;
  if (streams.progress >= 0) {
    environment["ABLATE_PROGRESS_FD"] = std::to_string(streams.progress);
  }
  plan.argv = Pointers(argv);
  plan.environment_text = MergedEnvironment(std::move(environment));
  plan.environment = Pointers(plan.environment_text);
  plan.streams = streams;
  plan.group = group;
  plan.failure = failure.write.get();
  plan.parent = getpid();
  const pid_t child = fork();
  if (child == 0) BecomeChild(plan);
  int error = child < 0 ? errno : 0;
  failure.write.Close();
  if (child > 0) {
    setpgid(child, group);  // here too, so that the group exists whoever comes first
    while (read(failure.read.get(), &error, sizeof(error)) < 0 && errno == EINTR) {
    }
  }
  if (error == 0) return child;
  if (child > 0) waitpid(child, nullptr, 0);
  throw Error("cannot start '" + argv[0] + "': " + std::strerror(error));
}

}  // namespace

void FileDescriptor::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

Pipe MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(std::string("no pipe for a child process: ") + std::strerror(errno));
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

PipeReader::PipeReader(FileDescriptor fd) : fd_(std::move(fd)) {
  fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
}

void PipeReader::Read(int timeout_ms, const std::function<void(std::string_view)>& on_bytes,
                      std::span<const int> others) {
  std::vector<pollfd> fds = {{fd_.get(), POLLIN, 0}};  // a negative fd is only waited out
  for (const int other : others) fds.push_back({other, POLLIN, 0});
  if (poll(fds.data(), fds.size(), timeout_ms) <= 0 || fds[0].revents == 0) return;
  std::array<char, 4096> bytes{};
  for (size_t taken = 0; taken < kPipeCapacity;) {
    const ssize_t count = read(fd_.get(), bytes.data(), bytes.size());
    if (count == 0) fd_.Close();
    if (count <= 0) return;
    on_bytes({bytes.data(), static_cast<size_t>(count)});
    taken += static_cast<size_t>(count);
  }
}

Child::Child(const std::vector<std::string>& argv, std::map<std::string, std::string> environment,
             const ChildStreams& streams, pid_t group)
    : pid_(Spawn(argv, std::move(environment), streams, group)),
      group_(group == 0 ? pid_ : group),
      end_(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0))) {}

Child::~Child() {
  if (!reaped_) Reap();
}

std::optional<int> Child::Status() const {
  siginfo_t info = {};
  const auto id = static_cast<id_t>(pid_);
  if (waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid_) {
    return std::nullopt;
  }
  return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
}

void Child::AskToEnd() { kill(-group_, SIGTERM); }

void Child::End() { kill(-group_, SIGKILL); }

int Child::Reap() {
  // A stopped or stuck child is waited for too: the group's number is ours until it is reaped,
  // whoever else of the group has been reaped before.
  int status = 0;
  siginfo_t info = {};
  if (!Status()) End();
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  End();  // whatever the child left behind
  rusage usage = {};
  while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  peak_rss_bytes_ = int64_t{usage.ru_maxrss} * 1024;
  reaped_ = true;
  return status;
}

}  // namespace ablate
