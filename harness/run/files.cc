#include "harness/run/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include "harness/run/child.h"
#include "model/error.h"

namespace ablate {
namespace {

// Returns false, with errno, where not all could be written and synced.
bool WriteAndSync(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(file) == 0;
}

}  // namespace

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
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteTextByRename(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::path temporary = path;
  temporary += ".part";
  FileDescriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) ThrowUnwritable(path);
  if (!WriteAndSync(file.get(), text) || rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());  // gives back what room it took
    errno = error;
    ThrowUnwritable(path);
  }
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
