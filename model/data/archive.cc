#include "model/data/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>

#include "model/error.h"

namespace ablate {
namespace {

constexpr size_t kBlockBytes = 64 * 1024;

// Only what corpora come in: libarchive's readers of rarer formats have had their faults.
void SupportArchives(archive* reader) {
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_lzma(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_format_ar(reader);
  archive_read_support_format_tar(reader);
  archive_read_support_format_zip(reader);
}

// libarchive's own messages for these are vague ("Unrecognized archive format" for a folder).
void CheckReadable(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    throw Error(path.string() + " is a folder; a file is needed here");
  }
  if (!std::ifstream(path, std::ios::binary)) {
    throw Error("cannot open " + path.string() + ": " + std::strerror(errno));
  }
}

bool StartsLikeGzip(const std::filesystem::path& path) {
  char magic[2] = {};
  std::ifstream(path, std::ios::binary).read(magic, 2);
  return magic[0] == '\x1f' && magic[1] == '\x8b';
}

}  // namespace

void Archive::Free::operator()(archive* reader) const { archive_read_free(reader); }

Archive::Archive(const std::string& name) : reader_(archive_read_new()), name_(name) {
  if (reader_ == nullptr) throw std::bad_alloc();
}

void Archive::Fail() const {
  const char* reason = archive_error_string(reader_.get());
  throw Error(name_ + " is torn or damaged: " + (reason != nullptr ? reason : "unknown format") +
              "; get it again");
}

void Archive::Check(int status) const {
  if (status < ARCHIVE_WARN) Fail();
}

Archive Archive::Open(const std::filesystem::path& path) {
  CheckReadable(path);
  Archive result(path.string());
  SupportArchives(result.reader_.get());
  result.Check(archive_read_open_filename(result.reader_.get(), path.c_str(), kBlockBytes));
  return result;
}

Archive Archive::OpenMemory(std::string_view bytes, const std::string& name) {
  Archive result(name);
  SupportArchives(result.reader_.get());
  result.Check(archive_read_open_memory(result.reader_.get(), bytes.data(), bytes.size()));
  return result;
}

Archive Archive::OpenStream(const std::filesystem::path& path) {
  CheckReadable(path);
  Archive result(path.string());
  archive* reader = result.reader_.get();
  archive_read_support_filter_gzip(reader);
  archive_read_support_format_raw(reader);
  archive_read_support_format_empty(reader);
  result.Check(archive_read_open_filename(reader, path.c_str(), kBlockBytes));
  std::string ignored;
  result.NextEntry(ignored);
  // A gzip file torn within its header is not taken for one, and would be read as if it were text.
  if (StartsLikeGzip(path) && archive_filter_code(reader, 0) != ARCHIVE_FILTER_GZIP) result.Fail();
  return result;
}

bool Archive::NextEntry(std::string& path) {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader_.get(), &entry);
  has_entry_ = status != ARCHIVE_EOF;
  if (!has_entry_) return false;
  Check(status);
  // Null where the name cannot be put into the locale's encoding.
  const char* name = archive_entry_pathname(entry);
  path = name != nullptr ? name : "";
  return true;
}

bool Archive::Read(std::string& buffer, size_t size) {
  if (!has_entry_) return false;  // an empty file has none
  const size_t before = buffer.size();
  buffer.resize(before + size);
  const la_ssize_t bytes = archive_read_data(reader_.get(), buffer.data() + before, size);
  if (bytes < 0) Fail();
  buffer.resize(before + static_cast<size_t>(bytes));
  return bytes > 0;
}

std::string Archive::ReadAll(size_t most) {
  std::string content;
  while (Read(content, kBlockBytes)) {
    if (content.size() > most) {
      throw Error(name_ + " unpacks to more than " + std::to_string(most) +
                  " bytes, which no corpus does; get it again");
    }
  }
  return content;
}

}  // namespace ablate
