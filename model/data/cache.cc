#include <cstdlib>

#include "model/data/corpus.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

// Empty where no folder on the way up is the project's.
fs::path ProjectAbove(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    std::error_code ignored;
    if (fs::is_directory(folder / "suites", ignored) &&
        fs::exists(folder / "CMakeLists.txt", ignored)) {
      return folder;
    }
    if (folder == folder.parent_path()) return {};
  }
}

fs::path Project() {
  std::error_code ignored;
  const fs::path here = ProjectAbove(fs::current_path(ignored));
  return here.empty() ? ProjectAbove(fs::read_symlink("/proc/self/exe", ignored).parent_path())
                      : here;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

fs::path DefaultCache() {
  if (const std::string cache = Environment("ABLATE_CACHE"); !cache.empty()) {
    return fs::absolute(cache);
  }
  if (const fs::path project = Project(); !project.empty()) return project / ".cache";
  if (const std::string cache = Environment("XDG_CACHE_HOME"); !cache.empty()) {
    return fs::path(cache) / "ablate";
  }
  if (const std::string home = Environment("HOME"); !home.empty()) {
    return fs::path(home) / ".cache" / "ablate";
  }
  throw Error("no folder for the cache: set ABLATE_CACHE to one");
}

}  // namespace ablate
