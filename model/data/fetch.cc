#include "model/data/fetch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "model/data/manifest.h"
#include "model/data/sha256.h"
#include "model/error.h"

namespace ablate {
namespace {

// Held while a corpus is being fetched; the system frees it when its process ends in whatever way.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / "lock";
    file_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (file_ < 0) throw Error("cannot write " + path.string() + ": " + std::strerror(errno));
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    close(file_);
    throw Error("another process is fetching into " + folder.string() + "; wait until it is done");
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { close(file_); }

 private:
  int file_ = -1;
};

void CreateFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error("cannot create " + folder.string() + ": " + error.message() +
                "; set ABLATE_CACHE to a folder that can be written");
  }
}

bool AllExist(const std::filesystem::path& folder, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    if (!std::filesystem::exists(folder / file)) return false;
  }
  return true;
}

// True where all files are there as recorded; tells `progress` so.
bool IsComplete(const FetchedCorpus& corpus, const std::filesystem::path& folder,
                const std::optional<Manifest>& recorded, const FetchProgress& progress) {
  if (!recorded || !AllExist(folder, corpus.files)) return false;
  const Manifest found = DescribeFiles(folder, corpus.files);
  for (const auto& [name, file] : found) {
    const auto entry = recorded->find(name);
    if (entry == recorded->end() || entry->second.sha256 != file.sha256) return false;
  }
  for (const auto& [name, file] : found) {
    if (progress) progress(name, file.bytes, file.bytes);
  }
  return true;
}

std::string HashOf(const Manifest& files) {
  if (files.size() == 1) return files.begin()->second.sha256;
  std::string hashes;
  for (const auto& [name, file] : files) hashes += file.sha256 + "\n";
  return Sha256Hex(hashes);
}

}  // namespace

void FetchCorpus(const std::string& name, const std::filesystem::path& cache,
                 const FetchOptions& options) {
  const FetchedCorpus& corpus = FindFetchedCorpus(name);
  const std::filesystem::path folder = CorpusFolder(cache, name);
  // Parts of a download that broke off stay here for the next call.
  const std::filesystem::path incoming = folder / "incoming";
  CreateFolder(folder);
  const FolderLock lock(folder);
  CreateFolder(incoming);
  const std::optional<Manifest> recorded =
      options.accept_changed ? std::nullopt : ReadManifest(folder);
  if (options.from.empty() && IsComplete(corpus, folder, recorded, options.progress)) return;

  const auto origins = corpus.obtain(options.from, incoming, options.progress);
  Manifest found = DescribeFiles(incoming, corpus.files);
  if (recorded) CheckAgainst(*recorded, found, folder);
  for (auto& [file, entry] : found) {
    entry.source = origins.at(file);
    std::filesystem::rename(incoming / file, folder / file);
  }
  WriteManifest(folder, found);
  std::filesystem::remove_all(incoming);
}

std::filesystem::path OpenFetchedCorpus(const std::string& name, const std::filesystem::path& cache,
                                        std::string& sha256) {
  const FetchedCorpus& corpus = FindFetchedCorpus(name);
  const std::filesystem::path folder = CorpusFolder(cache, name);
  const std::optional<Manifest> recorded = ReadManifest(folder);
  if (!recorded || !AllExist(folder, corpus.files)) {
    throw Error("corpus '" + name + "' is not in " + cache.string() +
                "; fetch it: ./ablate fetch " + name);
  }
  const Manifest found = DescribeFiles(folder, corpus.files);
  CheckAgainst(*recorded, found, folder);
  sha256 = HashOf(found);
  return folder;
}

}  // namespace ablate
