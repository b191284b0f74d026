#include "tests/techniques/rank_processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/process.h"

namespace ablate::testing {
namespace {

using Clock = std::chrono::steady_clock;

// One that nobody listens at now.
int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, any, size) != 0 || getsockname(listener, any, &size) != 0) {
    throw std::runtime_error("no free port");
  }
  close(listener);
  return ntohs(address.sin_port);
}

std::vector<std::string> Environment(int64_t rank, int64_t ranks, int port) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.emplace_back(*variable);
  if (ranks == 1) return variables;
  variables.push_back("RANK=" + std::to_string(rank));
  variables.push_back("LOCAL_RANK=" + std::to_string(rank));
  variables.push_back("WORLD_SIZE=" + std::to_string(ranks));
  variables.push_back("MASTER_ADDR=127.0.0.1");
  variables.push_back("MASTER_PORT=" + std::to_string(port));
  return variables;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

pid_t Start(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
            const std::string& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0].c_str(), &actions, nullptr, Pointers(argv).data(),
                                 Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + argv[0]);
  return pid;
}

int WaitUntil(pid_t pid, Clock::time_point deadline) {
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::vector<RankResult> RunRanks(int64_t ranks, const std::vector<std::string>& argv,
                                 double limit_s) {
  const std::string folder = TemporaryFolder();
  const auto err = [&](int64_t rank) { return folder + "/err." + std::to_string(rank); };
  const int port = FreePort();
  const Clock::time_point start = Clock::now();
  std::vector<pid_t> pids;
  for (int64_t rank = 0; rank < ranks; ++rank) {
    pids.push_back(Start(argv, Environment(rank, ranks, port), err(rank)));
  }
  const auto deadline =
      start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit_s));
  std::vector<RankResult> results(ranks);
  for (int64_t rank = 0; rank < ranks; ++rank) {
    results[rank].exit_code = WaitUntil(pids[rank], deadline);
    results[rank].seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::ostringstream text;
    text << std::ifstream(err(rank)).rdbuf();
    results[rank].err = text.str();
  }
  return results;
}

}  // namespace ablate::testing
