// The corpora that are fetched: which files they consist of, how these are obtained, and how they
// are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/data/pair_intake.h"

namespace ablate {

using FetchProgress = std::function<void(const std::string& file, int64_t bytes, int64_t total)>;

struct FetchedCorpus {
  std::string name;
  std::vector<std::string> files;  // their names in the corpus's folder
  // Puts all of `files` into `folder`; `from` is a folder, a file or a URL, empty for the corpus's
  // own source. Returns where each file came from. Throws Error.
  std::function<std::map<std::string, std::string>(
      const std::string& from, const std::filesystem::path& folder, const FetchProgress& progress)>
      obtain;
  std::function<void(const std::filesystem::path& folder, PairIntake& intake)> read;
};

// The table. Throws Error for a name that is not in it.
const std::vector<FetchedCorpus>& FetchedCorpora();
const FetchedCorpus& FindFetchedCorpus(const std::string& name);

// <cache>/corpora/<name>
std::filesystem::path CorpusFolder(const std::filesystem::path& cache, const std::string& name);

bool IsUrl(const std::string& from);

// An `obtain` for files that lie side by side below a base URL. A `from` that names a file (or, for
// a corpus of one file, a URL without a slash at its end) is that file, whatever its name.
std::map<std::string, std::string> ObtainFiles(const std::vector<std::string>& files,
                                               const std::string& base_url, const std::string& from,
                                               const std::filesystem::path& folder,
                                               const FetchProgress& progress);

// Copies a file, saying so to `progress`. Throws Error where it is missing or no file.
void CopyInto(const std::filesystem::path& file, const std::filesystem::path& destination,
              const FetchProgress& progress);

}  // namespace ablate
