// The bare child process under process.h: started, asked to end, ended, reaped.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
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

// Reads what a pipe has, without waiting for more than `timeout_ms`. After the other end is closed
// it only waits.
class PipeReader {
 public:
  explicit PipeReader(FileDescriptor fd);
  void Read(int timeout_ms, const std::function<void(std::string_view bytes)>& on_bytes);

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
  // Starts argv in a process group of its own, that dies with the caller. Throws Error where it
  // can't be started.
  Child(const std::vector<std::string>& argv, std::map<std::string, std::string> environment,
        const ChildStreams& streams);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool HasEnded() const;
  void AskToEnd();  // SIGTERM to the group
  void End();       // SIGKILL to the group
  // Ends what is left of the group, waits for the child, and returns its status as of waitpid.
  int Reap();

 private:
  pid_t pid_ = 0;
  bool reaped_ = false;
};

}  // namespace ablate
