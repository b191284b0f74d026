// The JSON lines that tell the driver how the worker fares. No Torch.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>

namespace ablate {

// What the line of an "event": "progress" holds.
struct ProgressReport {
  int64_t update = 0;
  int64_t examples = 0;
  double train_s = 0;
  std::optional<double> train_loss;
  std::optional<double> valid_loss;
  std::optional<double> target_tokens_per_s;
  double learning_rate = 0;
};

// Writes lines to a file descriptor, and a heartbeat from a thread of its own. A reader that has
// gone does not end the worker.
class Progress {
 public:
  // The descriptor that the environment variable ABLATE_PROGRESS_FD names; none: nothing is
  // written.
  static int DescriptorOfEnvironment();

  // fd < 0: writes nothing. Does not own `fd`.
  explicit Progress(int fd, std::chrono::milliseconds heartbeat = std::chrono::milliseconds(1000));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void EnterPhase(const std::string& phase);
  void Report(const ProgressReport& report);

 private:
  void Beat(std::chrono::milliseconds interval);
  void WriteHeartbeat();
  void WriteLine(const nlohmann::json& line);

  std::mutex mutex_;  // guards all below
  std::condition_variable ended_;
  bool ending_ = false;
  int fd_;
  std::string phase_ = "setup";
  std::thread heartbeat_;
};

}  // namespace ablate
