#include "model/data/atomic_file.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <system_error>

#include "model/error.h"

namespace ablate {

void WriteByRename(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path temporary = path.string() + "." + std::to_string(getpid()) + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path, error);
  if (file && !error) return;
  std::filesystem::remove(temporary, error);
  throw Error(path.string() + ": can't write " + std::to_string(bytes.size()) +
              " bytes; is the folder writable and the disk not full?");
}

}  // namespace ablate
