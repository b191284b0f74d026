// The lines of a text file, plain or gzip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "model/data/archive.h"

namespace ablate {

class TextFile {
 public:
  struct Line {
    std::string text;
    bool too_long = false;
  };

  // Throws Error where there is no such file, it is a folder, cannot be read, or holds nothing.
  explicit TextFile(const std::filesystem::path& path);
  // The lines of an archive's current entry.
  TextFile(Archive& archive, const std::string& name);

  // The next line, without its end (LF or CRLF) and without a byte order mark before the first;
  // false at the end. A line over kMaxLineBytes sets `too_long` and leaves `text` empty. Throws
  // Error where the file is torn.
  bool Next(Line& line);

  int64_t line_number() const { return line_number_; }  // of the line that Next gave, from 1
  std::string name() const { return name_; }
  // "corpus.tsv:12", for messages.
  std::string where() const { return name_ + ":" + std::to_string(line_number_); }

 private:
  bool Fill();
  bool ReadToLineFeed(Line& line);

  std::unique_ptr<Archive> own_;
  Archive* archive_;
  std::string name_;
  std::string buffer_;
  size_t position_ = 0;
  int64_t line_number_ = 0;
};

}  // namespace ablate
