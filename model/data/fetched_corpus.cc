#include "model/data/fetched_corpus.h"

#include "model/data/download.h"
#include "model/data/libreoffice_help.h"
#include "model/data/multi30k.h"
#include "model/data/opus_books.h"
#include "model/error.h"

namespace ablate {

const std::vector<FetchedCorpus>& FetchedCorpora() {
  static const std::vector<FetchedCorpus> corpora = {LibreOfficeHelp(), OpusBooks(), Multi30k()};
  return corpora;
}

const FetchedCorpus& FindFetchedCorpus(const std::string& name) {
  std::string names;
  for (const FetchedCorpus& corpus : FetchedCorpora()) {
    if (corpus.name == name) return corpus;
    names += (names.empty() ? "" : ", ") + corpus.name;
  }
  throw Error("no corpus '" + name + "' can be fetched; there are " + names);
}

std::filesystem::path CorpusFolder(const std::filesystem::path& cache, const std::string& name) {
  return cache / "corpora" / name;
}

bool IsUrl(const std::string& from) {
  if (from.starts_with("http://") || from.starts_with("https://")) return true;
  if (from.find("://") == std::string::npos) return false;
  throw Error("cannot fetch from " + from + "; give an http or https URL, or a path");
}

void CopyInto(const std::filesystem::path& file, const std::filesystem::path& destination,
              const FetchProgress& progress) {
  std::error_code error;
  const auto option = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(file, destination, option, error);
  if (error) throw Error("cannot copy " + file.string() + ": " + error.message());
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(destination));
  if (progress) progress(destination.filename(), bytes, bytes);
}

std::map<std::string, std::string> ObtainFiles(const std::vector<std::string>& files,
                                               const std::string& base_url, const std::string& from,
                                               const std::filesystem::path& folder,
                                               const FetchProgress& progress) {
  const std::string root = from.empty() ? base_url : from;
  const bool is_url = IsUrl(root);
  const bool is_file =
      is_url ? files.size() == 1 && !root.ends_with('/') : !std::filesystem::is_directory(root);
  if (is_file && files.size() > 1) {
    throw Error(root + " is not a folder; it must be one that holds " + files.front() + " and " +
                files.back());
  }
  std::map<std::string, std::string> origins;
  for (const std::string& file : files) {
    const std::string slash = root.ends_with('/') ? "" : "/";
    const std::string origin = is_file ? root : root + slash + file;
    origins[file] = origin;
    if (!is_url) {
      CopyInto(origin, folder / file, progress);
      continue;
    }
    DownloadOptions options;
    if (progress)
      options.progress = [&](int64_t bytes, int64_t total) { progress(file, bytes, total); };
    Download(origin, folder / file, options);
  }
  return origins;
}

}  // namespace ablate
