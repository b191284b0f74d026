// A worker that obeys the protocol (harness/run/worker_protocol.h) and trains nothing. What it does
// is told by the file `behaviour` beside it: lines "<part of a cell's name> <behaviour>", the first
// that fits counts, none: succeed. "1:kill" is what rank 1 does; other ranks then wait until it
// ends or tells of a failure, which they take for a lost connection. For every start it appends the
// run's id to the file `starts` beside it, and "<run's id> <rank> <pid> <variables>" to the file
// `ranks`.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path Beside(const char* name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int Rank() { return std::atoi(Variable("RANK").c_str()); }

std::string BehaviourOf(const std::string& cell) {
  std::ifstream file(Beside("behaviour"));
  for (std::string part, behaviour; file >> part >> behaviour;) {
    if (cell.find(part) == std::string::npos) continue;
    const size_t colon = behaviour.find(':');
    if (colon == std::string::npos || behaviour.starts_with("lie:")) return behaviour;
    return std::atoi(behaviour.c_str()) == Rank() ? behaviour.substr(colon + 1) : "lose_others";
  }
  return "succeed";
}

void TellOfStart(const std::string& run_id) {
  if (Rank() == 0) std::ofstream(Beside("starts"), std::ios::app) << run_id << "\n";
  std::string line = run_id + " " + std::to_string(Rank()) + " " + std::to_string(getpid());
  for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT",
                           "TORCHELASTIC_USE_AGENT_STORE"}) {
    line += std::string(" ") + name + "=" + Variable(name);
  }
  std::ofstream(Beside("ranks"), std::ios::app) << line + "\n" << std::flush;
}

// Process ids of the other ranks, in the ranks' file order, once all have told of their start.
std::vector<pid_t> Others(const std::string& run_id) {
  std::vector<pid_t> others;
  while (static_cast<int>(others.size()) + 1 < std::atoi(Variable("WORLD_SIZE").c_str())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    others.clear();
    std::ifstream file(Beside("ranks"));
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string id;
      int rank = 0;
      pid_t pid = 0;
      words >> id >> rank >> pid;
      if (id == run_id && pid != getpid()) others.push_back(pid);
    }
  }
  return others;
}

void Write(const fs::path& path, const std::string& text) {
  std::ofstream(path.string() + ".part") << text;
  fs::rename(path.string() + ".part", path);
}

void Tell(const Json& event) {
  const char* fd = std::getenv("ABLATE_PROGRESS_FD");
  const std::string line = event.dump() + "\n";
  if (fd != nullptr && write(std::atoi(fd), line.data(), line.size()) < 0) std::exit(1);
}

bool IsGone(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string pid, name, state;
  return !(stat >> pid >> name >> state) || state == "Z";
}

// Where a rank tells of its failure.
fs::path FailureFile(const fs::path& folder, int rank) {
  return folder / (rank == 0 ? "run.json" : "rank-" + std::to_string(rank) + ".json");
}

void TellOfFailure(Json run, const fs::path& folder, const std::string& status,
                   const std::string& reason) {
  run["status"] = status;
  run["reason"] = reason;
  Write(FailureFile(folder, Rank()), run.dump());
}

bool AnotherHasFailed(const std::vector<pid_t>& others, const fs::path& folder) {
  for (int rank = 0; rank <= static_cast<int>(others.size()); ++rank) {
    if (rank != Rank() && fs::exists(FailureFile(folder, rank))) return true;
  }
  return std::any_of(others.begin(), others.end(), IsGone);
}

// Fails as soon as another rank does, as a collective.
int LoseOthers(const Json& run, const fs::path& folder) {
  const std::vector<pid_t> others = Others(run["run_id"]);
  while (!AnotherHasFailed(others, folder)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::cerr << "connection closed by peer\n";
  // Files of one tick of the kernel's clock have one date, and the driver dates an end when it
  // notices it.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  TellOfFailure(run, folder, "failed", "connection closed by peer");
  return 4;
}

// Tells of its failure, by which the others learn of it, and ends when they have.
int RefuseAndEndLast(const Json& run, const fs::path& folder) {
  TellOfFailure(run, folder, "failed", "no such corpus");
  const std::vector<pid_t> others = Others(run["run_id"]);
  while (!std::all_of(others.begin(), others.end(), IsGone)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return 3;
}

[[noreturn]] void BeatForever() {
  while (true) {
    Tell({{"event", "heartbeat"}, {"phase", "train"}});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// `complete`: nothing is still to come.
void Succeed(const Json& config, Json run, bool complete = true) {
  Tell({{"event", "progress"}, {"phase", "train"}, {"update", 10}, {"train_loss", 2.5}});
  run["status"] = "reached";
  run["time_to_target_s"] = 5.2;
  run["examples_to_target"] = 4310;
  run["updates_to_target"] = 135;
  run["throughput"]["target_tokens_per_s"] = 21342.0;
  run["memory"]["device_peak_allocated_bytes"] = 1000000;
  run["loss"]["train"] = 1.79;
  run["samples"] = Json::array();
  if (!complete) run["complete"] = false;
  const fs::path folder = config["run_dir"].get<std::string>();
  Write(folder / "curve.csv",
        "update,examples,target_tokens,train_s,learning_rate,train_loss,valid_loss,grad_norm,loss_"
        "scale\n"
        "10,320,2000,0." +
            std::to_string(getpid()) + ",0.001,2.5,,1.25,\n");
  Write(folder / "run.json", run.dump());
}

// Rank 1 fails once rank 0 has left the run's result, and rank 0 waits for its end.
int ReachedButFor1(const Json& config, const Json& run, const fs::path& folder) {
  if (Rank() == 0) {
    Succeed(config, run, /*complete=*/false);
    const std::vector<pid_t> others = Others(run["run_id"]);
    while (!std::all_of(others.begin(), others.end(), IsGone)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return 0;
  }
  while (!fs::exists(folder / "run.json")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  TellOfFailure(run, folder, "out_of_memory", "tried to evaluate /data/corpus.ids");
  return 4;
}

int64_t StartsOf(const std::string& run_id) {
  std::ifstream file(Beside("starts"));
  int64_t count = 0;
  for (std::string line; std::getline(file, line);) count += line == run_id ? 1 : 0;
  return count;
}

// Succeeds, but for one value of run.json that can't be; `text`: as JSON has it.
void Lie(const Json& config, const std::string& pointer, const std::string& text) {
  Succeed(config, config["identity"]);
  const fs::path file = fs::path(config["run_dir"].get<std::string>()) / "run.json";
  std::ifstream stream(file);
  Json run = Json::parse(stream);
  run[Json::json_pointer(pointer)] = "LIE";
  std::string lied = run.dump();
  lied.replace(lied.find("\"LIE\""), 5, text);
  Write(file, lied);
}

// "lie:/time/train_s:-1"
void LieAsTold(const Json& config, const std::string& behaviour) {
  const size_t pointer = behaviour.find(':') + 1;
  const size_t value = behaviour.find(':', pointer);
  Lie(config, behaviour.substr(pointer, value - pointer), behaviour.substr(value + 1));
}

// Lines without end, and no pause.
[[noreturn]] void Flood() {
  const std::string text(4096, 'x');
  const int fd = std::atoi(Variable("ABLATE_PROGRESS_FD").c_str());
  while (write(fd, text.data(), text.size()) >= 0) continue;
  std::exit(1);
}

// Returns the exit code.
int Run(const Json& config) {
  Json run = config["identity"];
  const std::string behaviour = BehaviourOf(run["cell"]);
  const fs::path folder = config["run_dir"].get<std::string>();
  TellOfStart(run["run_id"]);
  if (Rank() == 0) Tell({{"event", "heartbeat"}, {"phase", "setup"}});
  if (behaviour == "lose_others") return LoseOthers(run, folder);
  if (behaviour == "succeed" && Rank() == 0) Succeed(config, run);
  if (behaviour == "disturbed") {
    TellOfFailure(run, folder, "invalid", "other processes used the GPU: 7; it ended as …");
    return Rank() == 0 ? 0 : 4;
  }
  if (behaviour == "out_of_memory") {  // which rank 0 tells as an outcome of the run
    run["memory"]["device_peak_allocated_bytes"] = 4096 + Rank();
    run["memory"]["device_peak_reserved_bytes"] = nullptr;
    run["memory"]["host_peak_rss_bytes"] = 1;
    TellOfFailure(run, folder, "out_of_memory", "tried to allocate 64 GiB");
    return Rank() == 0 ? 0 : 4;
  }
  if (behaviour == "hang_but_for_0") {  // rank 0 gives up waiting
    if (Rank() == 0) return 4;
    signal(SIGTERM, SIG_IGN);
    std::this_thread::sleep_for(std::chrono::hours(1));
  }
  if (behaviour == "refuse") return RefuseAndEndLast(run, folder);
  if (behaviour == "noise") {  // on the pipe; the run itself is well
    Tell("not an object");
    const std::string noise = "\x00\xff{]\n" + std::string(200000, 'x') + "\n";
    if (write(std::atoi(std::getenv("ABLATE_PROGRESS_FD")), noise.data(), noise.size()) < 0)
      return 1;
    Succeed(config, run);
  }
  if (behaviour == "not_reached" || behaviour == "invalid") {
    run["status"] = behaviour;
    run["reason"] = "so it was told";
    Write(folder / "run.json", run.dump());
  }
  if (behaviour == "sleep") {
    Tell({{"event", "heartbeat"}, {"phase", "train"}});
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    Succeed(config, run);
  }
  if (behaviour.starts_with("lie:")) LieAsTold(config, behaviour);
  if (behaviour == "flood") Flood();
  if (behaviour == "finish_and_stay") {  // so that a driver can be ended before it records
    Succeed(config, run);
    BeatForever();
  }
  // A run that is over, and a worker that gets no further.
  if (behaviour == "finish_and_kill" || behaviour == "half_and_kill") {
    Succeed(config, run, behaviour == "finish_and_kill");
    kill(getpid(), SIGKILL);
  }
  if (behaviour == "finish_and_exit") {
    Succeed(config, run);
    std::cerr << "cannot unload /opt/driver.so\n";
    return 3;
  }
  if (behaviour == "half_and_stay") {
    Succeed(config, run, /*complete=*/false);
    BeatForever();
  }
  if (behaviour == "reached_but_for_1") return ReachedButFor1(config, run, folder);
  if (behaviour == "port_taken" ||
      (behaviour == "port_taken_once" && StartsOf(run["run_id"]) == 1)) {
    std::cerr << "TCPStore: code: -98, name: EADDRINUSE\n";
    return 4;
  }
  if (behaviour == "port_taken_once") Succeed(config, run);
  if (behaviour == "abort") std::abort();
  if (behaviour == "kill") kill(getpid(), SIGKILL);
  if (behaviour == "torn") Write(folder / "run.json", run.dump().substr(0, 100));
  if (behaviour == "garbage") Write(folder / "run.json", "\x01\x02 garbage");
  if (behaviour == "liar") {  // reached, but never says when
    run["status"] = "reached";
    Write(folder / "run.json", run.dump());
  }
  if (behaviour == "exit") {
    std::cerr << "opening /home/someone/secret/corpus.ids\nit \xff failed\n";
    return 3;
  }
  if (behaviour == "hang") BeatForever();
  if (behaviour == "stubborn") {
    signal(SIGTERM, SIG_IGN);
    BeatForever();
  }
  if (behaviour == "silent") std::this_thread::sleep_for(std::chrono::hours(1));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "--environment") {
    const bool cuda = fs::exists(Beside("pretend_cuda"));
    if (std::string(argv[3]) == "cuda" && !cuda) {
      std::cerr << "no CUDA device\n";
      return 3;
    }
    Json environment = {{"libtorch", "2.11.0"},
                        {"device", "cpu"},
                        {"threads", 2},
                        {"cuda", cuda ? Json{{"name", "pretended"}} : Json(nullptr)},
                        {"distributed", {{"gloo", !fs::exists(Beside("no_gloo"))}, {"nccl", cuda}}},
                        {"devices", 1}};
    if (argc <= 4 || std::string(argv[4]) != "--without-rates") {
      environment["matrix_flops_per_s"] = {{"fp32", 1e11 + static_cast<double>(getpid())}};
    }
    std::cout << environment;
    return 0;
  }
  std::ifstream file(argv[2]);
  return Run(Json::parse(file));
}
