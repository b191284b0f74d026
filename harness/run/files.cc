#include "harness/run/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "harness/run/child.h"
#include "model/data/atomic_file.h"
#include "model/error.h"

namespace ablate {

void ThrowUnwritable(const std::filesystem::path& path) {
  const int error = errno;
  const bool no_room = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Error("cannot write '" + path.string() + "': " + std::strerror(error) +
              (no_room
                   ? "; nothing that was recorded is lost: make room, and the same command goes "
                     "on from here"
                   : ""));
}

std::optional<std::string> ReadText(const std::filesystem::path& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return std::nullopt;
  std::string text;
  std::array<char, 1 << 16> bytes;
  while (true) {
    const ssize_t count = read(file.get(), bytes.data(), bytes.size());
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return std::nullopt;
    if (count > 0) text.append(bytes.data(), static_cast<size_t>(count));
  }
}

bool WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool WriteAndSync(int file, std::string_view text) {
  if (!WriteAll(file, text)) return false;
  return fdatasync(file) == 0 || errno == EINVAL;  // EINVAL: nothing to sync, as of a pipe
}

void WriteTextByRename(const std::filesystem::path& path, std::string_view text, bool synced) {
  std::filesystem::path temporary = path;
  temporary += ".part";
  FileDescriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) ThrowUnwritable(path);
  const bool written = synced ? WriteAndSync(file.get(), text) : WriteAll(file.get(), text);
  if (!written || rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());  // gives back what room it took
    errno = error;
    ThrowUnwritable(path);
  }
  if (synced && !SyncFolder(path.parent_path())) ThrowUnwritable(path);
}

void MakeFolder(const std::filesystem::path& folder) {
  std::error_code missing;
  if (folder.empty() || std::filesystem::is_directory(folder, missing)) return;
  const std::filesystem::path above = folder.parent_path();
  MakeFolder(above);
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) ThrowUnwritable(folder);
  if (!SyncFolder(above)) ThrowUnwritable(folder);
}

std::string UtcTime(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm utc = {};
  gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string UtcNow() { return UtcTime(std::time(nullptr)); }

}  // namespace ablate
