#include "tests/techniques/rank_processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/process.h"

namespace ablate::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes kLimit(2);

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

void SetVariables(int64_t rank, int64_t ranks, int port) {
  for (const char* name :
       {"RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
        "TORCHELASTIC_USE_AGENT_STORE", "TORCHELASTIC_RESTART_COUNT"}) {
    unsetenv(name);  // a launcher of the tests may have set it
  }
  if (ranks == 1) return;
  const auto set = [](const char* name, const std::string& value) {
    setenv(name, value.c_str(), 1);
  };
  set("RANK", std::to_string(rank));
  set("LOCAL_RANK", std::to_string(rank));
  set("WORLD_SIZE", std::to_string(ranks));
  set("LOCAL_WORLD_SIZE", std::to_string(ranks));
  set("MASTER_ADDR", "127.0.0.1");
  set("MASTER_PORT", std::to_string(port));
}

[[noreturn]] void BecomeRank(const std::vector<std::string>& argv, const std::string& err,
                             pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before prctl could tell
  dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

struct StartedRank {
  pid_t pid = 0;
  bool running = true;
  RankResult result;
};

void TakeNoteOfEnd(StartedRank& rank) {
  int status = 0;
  if (!rank.running || waitpid(rank.pid, &status, WNOHANG) == 0) return;
  rank.running = false;
  rank.result.ended_at = Clock::now();
  rank.result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Kill(StartedRank& rank) {
  if (!rank.running) return;
  kill(rank.pid, SIGKILL);
  waitpid(rank.pid, nullptr, 0);
  rank.result = {.exit_code = -1, .ended_at = Clock::now(), .err = ""};
}

void AwaitEnds(std::vector<StartedRank>& ranks, std::chrono::seconds patience) {
  Clock::time_point deadline = Clock::now() + kLimit;
  while (Clock::now() < deadline &&
         std::any_of(ranks.begin(), ranks.end(), [](const auto& rank) { return rank.running; })) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (StartedRank& rank : ranks) TakeNoteOfEnd(rank);
    const StartedRank& first = ranks.front();
    if (!first.running) deadline = std::min(deadline, first.result.ended_at + patience);
  }
  for (StartedRank& rank : ranks) Kill(rank);
}

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

std::vector<RankResult> RunRanks(int64_t ranks, const std::vector<std::string>& argv,
                                 std::chrono::seconds patience) {
  const std::string folder = TemporaryFolder();
  const auto err = [&](int64_t rank) { return folder + "/err." + std::to_string(rank); };
  const int port = FreePort();
  const pid_t parent = getpid();
  std::vector<StartedRank> started(ranks);
  for (int64_t rank = 0; rank < ranks; ++rank) {
    started[rank].pid = fork();
    if (started[rank].pid < 0) throw std::runtime_error("cannot start " + argv[0]);
    if (started[rank].pid > 0) continue;
    SetVariables(rank, ranks, port);
    BecomeRank(argv, err(rank), parent);
  }
  AwaitEnds(started, patience);
  std::vector<RankResult> results;
  for (int64_t rank = 0; rank < ranks; ++rank) {
    results.push_back(started[rank].result);
    results.back().err = FileText(err(rank));
  }
  return results;
}

}  // namespace ablate::testing
