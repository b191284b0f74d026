#include "harness/run/rank_group.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "harness/run/files.h"
#include "model/error.h"

namespace ablate {
namespace {

using Environment = std::map<std::string, std::string>;

// One that nobody listens at now. It is given back before rank 0 takes it, which someone else may
// do first; the ranks then fail to meet.
int FreePort() {
  const FileDescriptor socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket_fd.get(), any, size) != 0 || getsockname(socket_fd.get(), any, &size) != 0) {
    throw Error(std::string("no port for the processes of a run to meet at: ") +
                std::strerror(errno));
  }
  return ntohs(address.sin_port);
}

// The driver's own launcher may have set some, which are not the worker's.
Environment WithoutLauncher(Environment environment) {
  for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT",
                           "LOCAL_WORLD_SIZE", "TORCHELASTIC_USE_AGENT_STORE"}) {
    environment[name] = "";
  }
  return environment;
}

Environment OfRank(Environment environment, int64_t rank, int64_t processes, int port) {
  environment["RANK"] = environment["LOCAL_RANK"] = std::to_string(rank);
  environment["WORLD_SIZE"] = environment["LOCAL_WORLD_SIZE"] = std::to_string(processes);
  environment["MASTER_ADDR"] = "127.0.0.1";
  environment["MASTER_PORT"] = std::to_string(port);
  return environment;
}

FileDescriptor OpenLog(const std::filesystem::path& path) {
  FileDescriptor log(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (log.get() < 0) ThrowUnwritable(path);
  return log;
}

RankEnd EndOf(int status) {
  RankEnd end;
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return end;
}

}  // namespace

std::filesystem::path RankLog(const std::filesystem::path& log, int64_t rank) {
  if (rank == 0) return log;
  return log.parent_path() /
         (log.stem().string() + "-" + std::to_string(rank) + log.extension().string());
}

RankGroup::RankGroup(const ProcessRequest& request, int progress_fd)
    : ends_(static_cast<size_t>(request.processes)), running_(ends_.size()) {
  const int port = request.processes > 1 ? FreePort() : 0;
  Environment environment = WithoutLauncher(request.environment);
  for (int64_t rank = 0; rank < request.processes; ++rank) {
    if (request.processes > 1) {
      environment = OfRank(std::move(environment), rank, request.processes, port);
    }
    const FileDescriptor log = OpenLog(RankLog(request.log, rank));
    const ChildStreams streams = {log.get(), log.get(), rank == 0 ? progress_fd : -1};
    const pid_t group = rank == 0 ? 0 : ranks_[0]->group();
    ranks_.push_back(std::make_unique<Child>(request.argv, environment, streams, group));
  }
}

void RankGroup::Wait(PipeReader& pipe, int timeout_ms,
                     const std::function<void(std::string_view bytes)>& on_bytes) {
  std::vector<int> running;
  for (size_t rank = 0; rank < ranks_.size(); ++rank) {
    if (ends_[rank].running) running.push_back(ranks_[rank]->end_fd());
  }
  pipe.Read(timeout_ms, on_bytes, running);
  TakeNote();
}

void RankGroup::TakeNote() {
  for (size_t rank = 0; rank < ranks_.size(); ++rank) {
    const auto status = ends_[rank].running ? ranks_[rank]->Status() : std::nullopt;
    if (!status) continue;
    --running_;
    ends_[rank] = {.running = false, .end = EndOf(*status)};
    ends_[rank].end.of_itself = !ended_by_us_;
    ends_[rank].end.at = std::chrono::system_clock::now();
    if (alone_ || (rank > 0 && *status == 0)) continue;
    alone_ = true;
    alone_since_ = Clock::now();
  }
}

double RankGroup::SecondsAlone() const {
  return alone_ ? std::chrono::duration<double>(Clock::now() - alone_since_).count() : -1;
}

void RankGroup::AskToEnd() {
  TakeNote();
  ended_by_us_ = true;
  ranks_[0]->AskToEnd();
}

void RankGroup::End() {
  TakeNote();
  ended_by_us_ = true;
  ranks_[0]->End();
}

std::vector<RankEnd> RankGroup::Reap() {
  End();
  std::vector<RankEnd> ends;
  for (size_t rank = 0; rank < ranks_.size(); ++rank) {
    RankEnd end = EndOf(ranks_[rank]->Reap());
    end.of_itself = false;
    end.at = std::chrono::system_clock::now();
    ends.push_back(ends_[rank].running ? end : ends_[rank].end);
    ends.back().peak_rss_bytes = ranks_[rank]->peak_rss_bytes();
  }
  return ends;
}

}  // namespace ablate
