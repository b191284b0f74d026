// Whether the kernel ended processes for want of host memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ablate {

// How many processes the kernel has ended so. Children are of our control group, so its count is
// taken where the kernel keeps one that we may read; the whole machine's, to which other containers
// add, only where not.
class OutOfMemoryKills {
 public:
  // `proc`: where the kernel tells of this process and of the machine; tests name their own.
  explicit OutOfMemoryKills(const std::filesystem::path& proc = "/proc");

  // Compare two readings.
  int64_t Count() const;
  bool of_whole_machine() const { return of_whole_machine_; }

 private:
  std::filesystem::path file_;
  bool of_whole_machine_ = false;
};

// "the kernel ended <who> for want of host memory", and whose count says so.
std::string EndedForWantOfMemory(const std::string& who, bool counted_on_whole_machine);

}  // namespace ablate
