#include "model/data/parallel_files.h"

#include <algorithm>
#include <string_view>

#include "model/error.h"

namespace ablate {
namespace {

int64_t CountRemaining(TextFile& file) {
  TextFile::Line line;
  while (file.Next(line)) {
  }
  return file.line_number();
}

}  // namespace

void ReadParallelLines(const std::filesystem::path& source, const std::filesystem::path& target,
                       PairIntake& intake) {
  TextFile source_file(source);
  TextFile target_file(target);
  ReadParallelLines(source_file, target_file, intake);
}

void ReadParallelLines(TextFile& source, TextFile& target, PairIntake& intake) {
  TextFile::Line source_line;
  TextFile::Line target_line;
  while (true) {
    const bool has_source = source.Next(source_line);
    const bool has_target = target.Next(target_line);
    if (has_source != has_target) {
      throw Error(source.name() + " has " + std::to_string(CountRemaining(source)) + " lines, " +
                  target.name() + " has " + std::to_string(CountRemaining(target)) +
                  "; line n of one must translate line n of the other");
    }
    if (!has_source) return;
    if (source_line.too_long || target_line.too_long) {
      intake.AddTooLong();
    } else {
      intake.Add(source_line.text, target_line.text);
    }
  }
}

void ReadTabSeparated(const std::filesystem::path& path, PairIntake& intake) {
  TextFile file(path);
  TextFile::Line line;
  while (file.Next(line)) {
    if (line.too_long) {
      intake.AddTooLong();
      continue;
    }
    const std::string_view text = line.text;
    const auto tabs = std::count(text.begin(), text.end(), '\t');
    if (tabs != 1) {
      throw Error(file.where() + ": " + (tabs == 0 ? "no tab" : std::to_string(tabs) + " tabs") +
                  " in this line; it must be source, one tab, target");
    }
    const size_t tab = text.find('\t');
    intake.Add(text.substr(0, tab), text.substr(tab + 1));
  }
}

}  // namespace ablate
