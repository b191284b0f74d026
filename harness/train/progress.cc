#include "harness/train/progress.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

nlohmann::json Number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

int Progress::DescriptorOfEnvironment() {
  const char* text = std::getenv("ABLATE_PROGRESS_FD");
  if (text == nullptr) return -1;
  int fd = -1;
  const char* end = text + std::strlen(text);
  const auto result = std::from_chars(text, end, fd);
  if (result.ec != std::errc() || result.ptr != end || fd < 0) {
    throw Error("ABLATE_PROGRESS_FD is '" + std::string(text) + "'; a file descriptor is wanted");
  }
  return fd;
}

Progress::Progress(int fd, std::chrono::milliseconds heartbeat) : fd_(fd) {
  if (fd < 0) return;
  WriteHeartbeat();  // before any phase that follows, whenever the thread begins
  heartbeat_ = std::thread([this, heartbeat] { Beat(heartbeat); });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  if (heartbeat_.joinable()) heartbeat_.join();
}

void Progress::Beat(std::chrono::milliseconds interval) {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, interval, [this] { return ending_; })) WriteHeartbeat();
}

void Progress::EnterPhase(const std::string& phase) {
  const std::lock_guard lock(mutex_);
  phase_ = phase;
  WriteHeartbeat();
}

void Progress::Report(const ProgressReport& report) {
  const std::lock_guard lock(mutex_);
  WriteLine({{"event", "progress"},
             {"phase", phase_},
             {"update", report.update},
             {"examples", report.examples},
             {"train_s", Number(report.train_s)},
             {"train_loss", Number(report.train_loss)},
             {"valid_loss", Number(report.valid_loss)},
             {"target_tokens_per_s", Number(report.target_tokens_per_s)},
             {"learning_rate", Number(report.learning_rate)}});
}

void Progress::WriteHeartbeat() { WriteLine({{"event", "heartbeat"}, {"phase", phase_}}); }

void Progress::WriteLine(const nlohmann::json& line) {
  const std::string text = line.dump() + "\n";
  for (size_t written = 0; fd_ >= 0 && written < text.size();) {
    const ssize_t n = write(fd_, text.data() + written, text.size() - written);
    if (n > 0) {
      written += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      fd_ = -1;  // the driver has gone
    }
  }
}

}  // namespace ablate
