// Reading archives and compressed files with libarchive.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct archive;

namespace ablate {

// An archive that is being read: its entries one after the other. Errors name `name`, the file that
// the user knows.
class Archive {
 public:
  // A zip, a tar, or an ar archive such as a Debian package, compressed or not. Throws Error where
  // the file is missing or no archive.
  static Archive Open(const std::filesystem::path& path);
  // The same for bytes in memory, which must outlive the archive.
  static Archive OpenMemory(std::string_view bytes, const std::string& name);
  // One stream of bytes: a gzip file's content, or a plain file as it is.
  static Archive OpenStream(const std::filesystem::path& path);

  // The path of the next entry in the archive; false at the end.
  bool NextEntry(std::string& path);
  // Appends up to `size` bytes of the current entry to `buffer`; false at its end. Throws Error
  // where the data is torn or damaged.
  bool Read(std::string& buffer, size_t size);
  // All of the current entry. Throws Error where it is more than `most` bytes: a small file may
  // unpack to any size.
  std::string ReadAll(size_t most = size_t{256} << 20);

 private:
  struct Free {
    void operator()(archive* reader) const;
  };
  explicit Archive(const std::string& name);
  [[noreturn]] void Fail() const;
  void Check(int status) const;

  std::unique_ptr<archive, Free> reader_;
  std::string name_;
  bool has_entry_ = false;
};

}  // namespace ablate
