// The bare child process under process.h: started, asked to end, ended, reaped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ablate {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() { Close(); }
  void Close();
  int get() const { return fd_; }

 private:
  int fd_;
};

// Both ends are closed on exec.
struct Pipe {
  FileDescriptor read, write;
};
Pipe MakePipe();

// Reads what a pipe has, without waiting for more than `timeout_ms`, or for longer than until one
// of `others` is readable; of a writer that never pauses it takes no more than a pipe can hold.
// After the other end is closed it only waits.
class PipeReader {
 public:
  explicit PipeReader(FileDescriptor fd);
  void Read(int timeout_ms, const std::function<void(std::string_view bytes)>& on_bytes,
            std::span<const int> others = {});

 private:
  FileDescriptor fd_;
};

struct ChildStreams {
  int out = -1;
  int err = -1;
  int progress = -1;  // named to the child by ABLATE_PROGRESS_FD; -1: none
};

class Child {
 public:
  // Starts argv in the process group `group`, or for 0 in one of its own; it dies with the caller.
  // environment: added to ours; an empty value takes a variable away. Throws Error where argv can't
  // be started.
  Child(const std::vector<std::string>& argv, std::map<std::string, std::string> environment,
        const ChildStreams& streams, pid_t group = 0);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // As of waitpid; nothing while it runs.
  std::optional<int> Status() const;
  void AskToEnd();  // SIGTERM to the group
  void End();       // SIGKILL to the group
  // Ends what is left of the group, waits for the child, and returns its status as of waitpid.
  int Reap();
  // The most memory that it ever held at once, once it is reaped; 0 where that isn't known.
  int64_t peak_rss_bytes() const { return peak_rss_bytes_; }

  pid_t group() const { return group_; }
  // Readable once the child has ended; -1 where the kernel has no such descriptors.
  int end_fd() const { return end_.get(); }

 private:
  pid_t pid_ = 0;
  pid_t group_ = 0;
  FileDescriptor end_;
  bool reaped_ = false;
  int64_t peak_rss_bytes_ = 0;
};

}  // namespace ablate
