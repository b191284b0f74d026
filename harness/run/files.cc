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

[[noreturn]] void ThrowUnwritable(const std::filesystem::path& path) {
  throw Error("cannot write '" + path.string() + "': " + std::strerror(errno));
}

}  // namespace

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
  while (!text.empty()) {
    const ssize_t count = write(file.get(), text.data(), text.size());
    if (count < 0 && errno != EINTR) ThrowUnwritable(path);
    if (count > 0) text.remove_prefix(static_cast<size_t>(count));
  }
  if (fsync(file.get()) != 0) ThrowUnwritable(path);
  file.Close();
  if (rename(temporary.c_str(), path.c_str()) != 0) ThrowUnwritable(path);
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
