// A worker that obeys the protocol (harness/run/worker_protocol.h) and trains nothing. What it does
// is told by the file `behaviour` beside it: lines "<part of a cell's name> <behaviour>", the first
// that fits counts, none: succeed. For every start it appends the run's id to the file `starts`
// beside it.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path Beside(const char* name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

std::string BehaviourOf(const std::string& cell) {
  std::ifstream file(Beside("behaviour"));
  for (std::string part, behaviour; file >> part >> behaviour;) {
    if (cell.find(part) != std::string::npos) return behaviour;
  }
  return "succeed";
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

[[noreturn]] void BeatForever() {
  while (true) {
    Tell({{"event", "heartbeat"}, {"phase", "train"}});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Succeed(const Json& config, Json run) {
  Tell({{"event", "progress"}, {"phase", "train"}, {"update", 10}, {"train_loss", 2.5}});
  run["status"] = "reached";
  run["time_to_target_s"] = 5.2;
  run["examples_to_target"] = 4310;
  run["updates_to_target"] = 135;
  run["throughput"]["target_tokens_per_s"] = 21342.0;
  run["memory"]["device_peak_allocated_bytes"] = 1000000;
  run["loss"]["train"] = 1.79;
  run["samples"] = Json::array();
  const fs::path folder = config["run_dir"].get<std::string>();
  Write(folder / "curve.csv",
        "update,examples,target_tokens,train_s,learning_rate,train_loss,valid_loss,grad_norm,loss_"
        "scale\n"
        "10,320,2000,0." +
            std::to_string(getpid()) + ",0.001,2.5,,1.25,\n");
  Write(folder / "run.json", run.dump());
}

// Returns the exit code.
int Run(const Json& config) {
  Json run = config["identity"];
  const std::string behaviour = BehaviourOf(run["cell"]);
  const fs::path folder = config["run_dir"].get<std::string>();
  std::ofstream(Beside("starts"), std::ios::app) << run["run_id"].get<std::string>() << "\n";
  Tell({{"event", "heartbeat"}, {"phase", "setup"}});
  if (behaviour == "succeed") Succeed(config, run);
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
    if (std::string(argv[3]) == "cuda") {
      std::cerr << "no CUDA device\n";
      return 3;
    }
    std::cout << Json{{"libtorch", "2.11.0"},
                      {"device", "cpu"},
                      {"threads", 2},
                      {"cuda", nullptr},
                      {"matrix_flops_per_s", {{"fp32", 1e11 + static_cast<double>(getpid())}}}};
    return 0;
  }
  std::ifstream file(argv[2]);
  return Run(Json::parse(file));
}
