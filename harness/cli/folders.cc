#include "harness/cli/folders.h"

#include <stdlib.h>

#include "model/error.h"

namespace ablate {
namespace fs = std::filesystem;

fs::path ProjectFolder(const fs::path& suite_file) {
  fs::path folder = fs::weakly_canonical(fs::absolute(suite_file)).parent_path();
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::is_directory(folder / "suites")) return folder;
  }
  return fs::current_path();
}

fs::path ResultsFolder(const fs::path& suite_file, const std::string& suite_name,
                       const std::string& named) {
  return named.empty() ? ProjectFolder(suite_file) / "results" / suite_name : fs::path(named);
}

fs::path ReportFolder(const fs::path& results) {
  const fs::path whole = fs::weakly_canonical(fs::absolute(results)) / "";
  fs::path below = whole.parent_path();
  for (fs::path folder = below.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (folder.filename() == "results" && fs::is_directory(folder.parent_path() / "suites")) {
      return folder.parent_path() / "reports" / below.lexically_relative(folder);
    }
  }
  return below / "report";
}

std::string Shown(const fs::path& path) {
  const std::string whole = path.string();
  const std::string relative = fs::proximate(path).string();
  return relative.size() < whole.size() ? relative : whole;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "ablate-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw Error("cannot make a folder like '" + name + "'");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace ablate
