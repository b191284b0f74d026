#include "model/data/text_file.h"

#include <string_view>

#include "model/data/pair_intake.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr size_t kBlockBytes = 256 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

TextFile::TextFile(const std::filesystem::path& path)
    : own_(std::make_unique<Archive>(Archive::OpenStream(path))),
      archive_(own_.get()),
      name_(path.string()) {
  if (!Fill()) throw Error(name_ + " is empty; it must hold a sentence a line");
}

TextFile::TextFile(Archive& archive, const std::string& name) : archive_(&archive), name_(name) {
  if (!Fill()) throw Error(name_ + " is empty; it must hold a sentence a line");
}

bool TextFile::Fill() {
  buffer_.clear();
  position_ = 0;
  return archive_->Read(buffer_, kBlockBytes);
}

bool TextFile::ReadToLineFeed(Line& line) {
  bool found_any = false;
  do {
    const std::string_view unread = std::string_view{buffer_}.substr(position_);
    const size_t end = unread.find('\n');
    const std::string_view piece = unread.substr(0, end);
    // Room for a carriage return, which is no part of the line.
    line.too_long |= line.text.size() + piece.size() > kMaxLineBytes + 1;
    if (!line.too_long) line.text += piece;
    position_ += piece.size();
    found_any |= !unread.empty();
    if (end == std::string_view::npos) continue;
    ++position_;
    return true;
  } while (Fill());
  return found_any;
}

bool TextFile::Next(Line& line) {
  line.text.clear();
  line.too_long = false;
  if (!ReadToLineFeed(line)) return false;
  if (++line_number_ == 1 && line.text.starts_with(kByteOrderMark)) {
    line.text.erase(0, kByteOrderMark.size());
  }
  if (line.text.ends_with('\r')) line.text.pop_back();
  line.too_long |= line.text.size() > kMaxLineBytes;
  if (line.too_long) line.text.clear();
  return true;
}

}  // namespace ablate
