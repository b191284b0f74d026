#include "harness/run/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <string>

#include "harness/run/files.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// For the message that a second driver prints; nothing depends on it.
void SignLock(int lock) {
  utsname system = {};
  uname(&system);
  const std::string text = "process " + std::to_string(getpid()) + " on " + system.nodename +
                           ", since " + UtcNow() + "\n";
  if (ftruncate(lock, 0) != 0 || pwrite(lock, text.data(), text.size(), 0) < 0) return;
}

[[noreturn]] void ThrowHeld(const fs::path& folder) {
  std::string holder = ReadText(folder / kLockFile).value_or("");
  holder = holder.substr(0, holder.find('\n'));
  throw Error("another ablate is running into '" + folder.string() + "'" +
              (holder.empty() ? "" : " (" + holder + ")") +
              "; wait for its end, or name another folder");
}

}  // namespace

FileDescriptor LockFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  const fs::path file = folder / kLockFile;
  FileDescriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.get() < 0) ThrowUnwritable(file);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) ThrowHeld(folder);
  SignLock(lock.get());
  return lock;
}

FileDescriptor LockFolderForReading(const fs::path& folder) {
  FileDescriptor lock(open((folder / kLockFile).c_str(), O_RDONLY | O_CLOEXEC));
  if (lock.get() >= 0 && flock(lock.get(), LOCK_SH | LOCK_NB) != 0) ThrowHeld(folder);
  return lock;
}

}  // namespace ablate
