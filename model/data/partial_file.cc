#include "model/data/partial_file.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

// Nothing, where the file is missing, torn or not of this form: the download then starts anew.
RemoteVersion ReadVersion(const std::filesystem::path& path) {
  std::ifstream file(path);
  const auto json = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  try {
    return {json.at("url"), json.at("etag"), json.at("last_modified"), json.at("bytes")};
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

void WriteVersion(const std::filesystem::path& path, const RemoteVersion& version) {
  const nlohmann::json json = {{"url", version.url},
                               {"etag", version.etag},
                               {"last_modified", version.last_modified},
                               {"bytes", version.bytes}};
  std::ofstream(path) << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace

std::string RemoteVersion::Validator() const {
  return !etag.empty() && !etag.starts_with("W/") ? etag : last_modified;
}

PartialFile::PartialFile(const std::filesystem::path& path, const std::string& url)
    : path_(path),
      part_path_(path.string() + ".part"),
      version_path_(part_path_.string() + ".json") {
  std::error_code missing;
  const auto size = std::filesystem::file_size(part_path_, missing);
  const RemoteVersion version = ReadVersion(version_path_);
  if (missing || version.url != url || version.Validator().empty()) {
    version_.url = url;
    Discard();
    return;
  }
  version_ = version;
  bytes_ = static_cast<int64_t>(size);
  Open(std::ios::app);
}

void PartialFile::Open(std::ios::openmode mode) {
  file_.close();
  file_.clear();
  file_.open(part_path_, std::ios::binary | mode);
  if (!file_) throw Error("cannot write " + part_path_.string() + ": " + std::strerror(errno));
}

void PartialFile::Restart(const RemoteVersion& version) {
  version_ = version;
  bytes_ = 0;
  Open(std::ios::trunc);
  WriteVersion(version_path_, version);
}

void PartialFile::Discard() {
  RemoteVersion unknown;
  unknown.url = version_.url;
  Restart(unknown);
}

void PartialFile::Append(std::string_view data) {
  file_.write(data.data(), static_cast<std::streamsize>(data.size()));
  if (!file_) throw Error("cannot write " + part_path_.string() + ": " + std::strerror(errno));
  bytes_ += static_cast<int64_t>(data.size());
}

void PartialFile::Finish() {
  file_.close();
  if (!file_) throw Error("cannot write " + part_path_.string() + ": " + std::strerror(errno));
  std::filesystem::rename(part_path_, path_);
  std::filesystem::remove(version_path_);
}

}  // namespace ablate
