#include "harness/run/out_of_memory.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

namespace ablate {
namespace {

namespace fs = std::filesystem;

// The number behind `oom_kill` in a file of "key value" lines.
std::optional<int64_t> ReadCounter(const fs::path& file) {
  std::ifstream stream(file);
  std::string key;
  int64_t value = 0;
  while (stream >> key >> value) {
    if (key == "oom_kill") return value;
  }
  return std::nullopt;
}

// A file system of control groups, mounted at `point`; what it shows there is the group `root`.
struct Mount {
  fs::path root, point;
};

// The kernel writes a blank in a path as \040.
std::string Unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size();
    plain += escape ? static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8)) : text[i];
    if (escape) i += 3;
  }
  return plain;
}

// Of version 2, or of version 1's memory controller. A line is "36 35 0:32 root point options … -
// type source options".
std::vector<Mount> Mounts(const fs::path& proc, bool version_2) {
  std::vector<Mount> mounts;
  std::ifstream lines(proc / "self" / "mountinfo");
  for (std::string line; std::getline(lines, line);) {
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream front(line), back(line.substr(dash + 3));
    std::string ignored, root, point, type, source, options;
    front >> ignored >> ignored >> ignored >> root >> point;
    back >> type >> source >> options;
    const bool has_memory = ("," + options + ",").find(",memory,") != std::string::npos;
    if (type == "cgroup2" ? version_2 : type == "cgroup" && has_memory && !version_2) {
      mounts.push_back({Unescaped(root), Unescaped(point)});
    }
  }
  return mounts;
}

// The group of this process, as "/a/b". A line is "0::/a/b" of version 2, "4:memory:/a/b" of 1.
std::optional<fs::path> Group(const fs::path& proc, bool version_2) {
  std::ifstream lines(proc / "self" / "cgroup");
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool fits =
        version_2 ? line.starts_with("0::") : controllers.find(",memory,") != std::string::npos;
    if (fits) return line.substr(second + 1);
  }
  return std::nullopt;
}

// The file that counts for this process: its group's, or of version 2, where a group need not have
// the memory controller, that of the nearest group above which has it. Empty where there is none.
fs::path GroupCounter(const fs::path& proc, bool version_2) {
  const char* name = version_2 ? "memory.events" : "memory.oom_control";
  const std::optional<fs::path> group = Group(proc, version_2);
  if (!group) return {};
  for (const Mount& mount : Mounts(proc, version_2)) {
    const fs::path within = group->lexically_relative(mount.root);
    if (within.empty() || *within.begin() == "..") continue;  // not to be seen from here
    fs::path folder = within == "." ? mount.point : mount.point / within;
    while (version_2 && folder != mount.point && !ReadCounter(folder / name)) {
      folder = folder.parent_path();
    }
    if (ReadCounter(folder / name)) return folder / name;
  }
  return {};
}

}  // namespace

OutOfMemoryKills::OutOfMemoryKills(const fs::path& proc) {
  for (const bool version_2 : {true, false}) {
    if (file_.empty()) file_ = GroupCounter(proc, version_2);
  }
  if (!file_.empty()) return;
  file_ = proc / "vmstat";
  of_whole_machine_ = true;
}

int64_t OutOfMemoryKills::Count() const { return ReadCounter(file_).value_or(0); }

std::string EndedForWantOfMemory(const std::string& who, bool counted_on_whole_machine) {
  return "the kernel ended " + who + " for want of host memory, as " +
         (counted_on_whole_machine
              ? "the count of the whole machine says (no control group tells; another container "
                "may have been the one)"
              : "its control group counts");
}

}  // namespace ablate
