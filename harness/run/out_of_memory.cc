#include "harness/run/out_of_memory.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace ablate {
namespace {

namespace fs = std::filesystem;

// The number behind `oom_kill` in a file of "key value" lines; 0 where there is none.
int64_t ReadCounter(const fs::path& file) {
  std::ifstream stream(file);
  std::string key;
  int64_t value = 0;
  while (stream >> key >> value) {
    if (key == "oom_kill") return value;
  }
  return 0;
}

// "0::/path" is version 2's; "4:memory:/path" version 1's.
int64_t ControlGroupKills() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  int64_t kills = 0;
  const fs::path root = "/sys/fs/cgroup";
  while (std::getline(groups, line)) {
    const size_t path = line.find('/');
    if (path == std::string::npos) continue;
    const std::string relative = line.substr(path + 1);
    if (line.starts_with("0::")) kills += ReadCounter(root / relative / "memory.events");
    if (line.find(":memory:") != std::string::npos) {
      kills += ReadCounter(root / "memory" / relative / "memory.oom_control");
    }
  }
  return kills;
}

}  // namespace

int64_t OutOfMemoryKills() { return ControlGroupKills() + ReadCounter("/proc/vmstat"); }

}  // namespace ablate
