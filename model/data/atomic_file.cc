#include "model/data/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// Returns false, with errno, where the disk failed.
bool Sync(const fs::path& path, int flags) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  // A folder that may be written and not listed cannot be opened.
  if (file < 0) return errno == EACCES;
  const bool synced = fsync(file) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
  const int error = errno;
  close(file);
  errno = error;
  return synced;
}

void WriteByRename(const fs::path& path, const std::function<void(std::ostream&)>& write,
                   bool synced) {
  const fs::path temporary = path.string() + "." + std::to_string(getpid()) + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  write(file);
  const auto bytes = static_cast<int64_t>(file.tellp());
  file.close();
  std::error_code error;
  bool written = file && (!synced || Sync(temporary, 0));
  if (written) fs::rename(temporary, path, error);
  written = written && !error && (!synced || SyncFolder(path.parent_path()));
  if (written) return;
  fs::remove(temporary, error);
  throw Error(path.string() + ": can't write " +
              (bytes > 0 ? std::to_string(bytes) + " bytes" : "it") +
              "; is the folder writable and the disk not full?");
}

}  // namespace

void WriteByRename(const fs::path& path, std::string_view bytes) {
  const auto write = [&](std::ostream& file) {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  };
  WriteByRename(path, write, /*synced=*/true);
}

void WriteByRename(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  WriteByRename(path, write, /*synced=*/false);
}

bool SyncFolder(const fs::path& folder) {
  return Sync(folder.empty() ? fs::path(".") : folder, O_DIRECTORY);
}

}  // namespace ablate
