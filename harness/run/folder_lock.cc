#include "harness/run/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "harness/run/files.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// Each time somebody must have moved the folder away; nobody does that so often.
constexpr int kMostTries = 1000;

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

// Without waiting. Throws Error where someone else holds it.
void TakeLock(int lock, int kind, const fs::path& folder) {
  if (flock(lock, kind | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) ThrowHeld(folder);
  ThrowUnwritable(folder / kLockFile);
}

// Whether `file` is the one that is open as `lock`: between opening and locking another driver may
// have moved the folder aside.
bool Names(const fs::path& file, int lock) {
  struct stat named = {}, held = {};
  return stat(file.c_str(), &named) == 0 && fstat(lock, &held) == 0 &&
         named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

[[noreturn]] void ThrowUnsteady(const fs::path& folder) {
  throw Error("the lock of '" + folder.string() +
              "' is replaced again and again; name another folder");
}

}  // namespace

FileDescriptor LockFolder(const fs::path& folder) {
  const fs::path file = folder / kLockFile;
  for (int tries = 0; tries < kMostTries; ++tries) {
    MakeFolder(folder);
    FileDescriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (lock.get() < 0 && errno == ENOENT) continue;
    if (lock.get() < 0) ThrowUnwritable(file);
    TakeLock(lock.get(), LOCK_EX, folder);
    if (!Names(file, lock.get())) continue;
    SignLock(lock.get());
    return lock;
  }
  ThrowUnsteady(folder);
}

FileDescriptor LockFolderForReading(const fs::path& folder) {
  const fs::path file = folder / kLockFile;
  for (int tries = 0; tries < kMostTries; ++tries) {
    FileDescriptor lock(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (lock.get() < 0) return lock;
    TakeLock(lock.get(), LOCK_SH, folder);
    if (Names(file, lock.get())) return lock;
  }
  ThrowUnsteady(folder);
}

}  // namespace ablate
