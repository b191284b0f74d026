// A file that is being downloaded: the bytes so far, and of which version of the file on the server
// they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace ablate {

// What tells one version of a file on a server from the next. Empty or 0: the server did not say.
struct RemoteVersion {
  std::string url;
  std::string etag;
  std::string last_modified;
  int64_t bytes = 0;

  bool operator==(const RemoteVersion&) const = default;
  // For an If-Range header: a strong ETag, else the date; empty where neither is known.
  std::string Validator() const;
};

class PartialFile {
 public:
  // Takes up what an earlier download of the same URL has left beside `path`.
  PartialFile(const std::filesystem::path& path, const std::string& url);

  int64_t bytes() const { return bytes_; }
  const RemoteVersion& version() const { return version_; }
  // Empties the file, which from now on is of `version`.
  void Restart(const RemoteVersion& version);
  // Empties the file, of which nothing but the URL is known then.
  void Discard();
  void Append(std::string_view data);
  // Moves the file to its final place.
  void Finish();

 private:
  void Open(std::ios::openmode mode);

  std::filesystem::path path_;
  std::filesystem::path part_path_;
  std::filesystem::path version_path_;
  std::ofstream file_;
  RemoteVersion version_;
  int64_t bytes_ = 0;
};

}  // namespace ablate
