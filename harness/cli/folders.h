// Where a suite's results and its report go.
#pragma once

#include <filesystem>
#include <string>

namespace ablate {

// The folder that holds suites/, searched from `suite_file`'s folder upward; else the current
// folder.
std::filesystem::path ProjectFolder(const std::filesystem::path& suite_file);

// <project>/results/<suite>, unless `named` (--results) says otherwise.
std::filesystem::path ResultsFolder(const std::filesystem::path& suite_file,
                                    const std::string& suite_name, const std::string& named);

// <project>/reports/x for <project>/results/x; <results>/report for results that lie elsewhere.
std::filesystem::path ReportFolder(const std::filesystem::path& results);

// Relative to the current folder where that is shorter.
std::string Shown(const std::filesystem::path& path);

// A folder of its own under the system's temporary one, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace ablate
