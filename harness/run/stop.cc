#include "harness/run/stop.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace ablate {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr std::array<int, 2> kErrorsInstead = {SIGPIPE, SIGXFSZ};
constexpr int kInterrupted = 130;
std::atomic<int> requests = 0;  // lock-free, so that a handler may touch it

void OnSignal(int) {
  // The worker dies with us (child.h), so leaving is enough.
  if (requests.fetch_add(1) > 0) _exit(kInterrupted);
}

}  // namespace

StopSignals::StopSignals() {
  requests = 0;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  for (const int number : kSignals) {
    struct sigaction old = {};
    sigaction(number, nullptr, &old);
    if (old.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
  }
  for (const int number : kErrorsInstead) signal(number, SIG_IGN);
}

StopSignals::~StopSignals() {
  for (const int number : kSignals) {
    struct sigaction old = {};
    sigaction(number, nullptr, &old);
    if (old.sa_handler == OnSignal) signal(number, SIG_DFL);
  }
  for (const int number : kErrorsInstead) signal(number, SIG_DFL);
}

bool StopSignals::Requested() { return requests > 0; }

}  // namespace ablate
