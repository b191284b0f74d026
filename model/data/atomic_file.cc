#include "model/data/atomic_file.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <system_error>

#include "model/error.h"

namespace ablate {

void WriteByRename(const std::filesystem::path& path, std::string_view bytes) {
  WriteByRename(path, [&](std::ostream& file) {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  });
}

void WriteByRename(const std::filesystem::path& path,
                   const std::function<void(std::ostream&)>& write) {
  const std::filesystem::path temporary = path.string() + "." + std::to_string(getpid()) + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  write(file);
  const auto bytes = static_cast<int64_t>(file.tellp());
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (file && !error) return;
  std::filesystem::remove(temporary, error);
  throw Error(path.string() + ": can't write " +
              (bytes > 0 ? std::to_string(bytes) + " bytes" : "it") +
              "; is the folder writable and the disk not full?");
}

}  // namespace ablate
