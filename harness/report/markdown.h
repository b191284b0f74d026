// Markdown as GitHub renders it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ablate {

// Text from outside as text: nothing in it becomes markup, breaks a table's row, or a new line.
std::string Escape(std::string_view text);

// A table. Cells are Markdown already; a column whose header starts with '>' is right-aligned.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  size_t size() const { return rows_.size(); }
  // Columns in which no row has anything but the dash are left out.
  std::string ToString() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// A part that is folded until it is clicked.
std::string Details(const std::string& summary, const std::string& body);

// An image that follows the reader's colour scheme: plots/<name>-light.svg and -dark.svg.
std::string Picture(const std::string& name, const std::string& alt);

}  // namespace ablate
