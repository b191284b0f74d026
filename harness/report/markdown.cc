#include "harness/report/markdown.h"

#include <algorithm>
#include <cctype>

#include "harness/report/format.h"
#include "harness/report/theme.h"

namespace ablate {
namespace {

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool IsMarkup(char c) { return std::string_view("\\`*_[]|~$").find(c) != std::string_view::npos; }

bool IsRightAligned(const std::string& header) { return header.starts_with('>'); }

std::string Line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // An underscore within a word is no markup to GitHub.
    const bool within_word = c == '_' && i > 0 && i + 1 < text.size() &&
                             IsWordCharacter(text[i - 1]) && IsWordCharacter(text[i + 1]);
    if (c == '\n' || c == '\r' || c == '\t') {
      escaped += ' ';
    } else if (c == '<' || c == '>' || c == '&') {
      escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
    } else {
      if (IsMarkup(c) && !within_word) escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

std::string Table::ToString() const {
  std::vector<size_t> shown;
  for (size_t i = 0; i < header_.size(); ++i) {
    const bool has_content =
        std::ranges::any_of(rows_, [i](const auto& row) { return row[i] != kAbsent; });
    if (has_content) shown.push_back(i);
  }
  std::vector<std::string> header, rule;
  for (const size_t i : shown) {
    header.push_back(IsRightAligned(header_[i]) ? header_[i].substr(1) : header_[i]);
    rule.push_back(IsRightAligned(header_[i]) ? "---:" : ":---");
  }
  std::string text = Line(header) + Line(rule);
  for (const auto& row : rows_) {
    std::vector<std::string> cells;
    for (const size_t i : shown) cells.push_back(row[i]);
    text += Line(cells);
  }
  return text;
}

std::string Details(const std::string& summary, const std::string& body) {
  return "<details>\n<summary>" + summary + "</summary>\n\n" + body + "\n</details>\n";
}

std::string Picture(const std::string& name, const std::string& alt) {
  const std::string file = "plots/" + name;
  return "<picture>\n  <source media=\"(prefers-color-scheme: dark)\" srcset=\"" + file +
         "-dark.svg\">\n  <img alt=\"" + alt + "\" src=\"" + file + "-light.svg\" width=\"" +
         std::to_string(kPlotWidth) + "\">\n</picture>\n";
}

}  // namespace ablate
