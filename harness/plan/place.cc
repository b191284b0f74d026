#include "harness/plan/place.h"

#include "harness/plan/json_source.h"
#include "model/error.h"
#include "techniques/technique.h"

namespace ablate {
namespace {

// The element of the matrix that holds the level of a cell's factor.
std::string LevelPath(const Factor& factor, std::string_view label) {
  size_t level = 0;
  while (level + 1 < factor.levels.size() && factor.levels[level].label != label) ++level;
  return ElementPath(MemberPath("matrix", factor.name), level);
}

}  // namespace

void FailAt(const Suite& suite, const std::string& path, const std::string& what) {
  std::string where = path;
  // Parsed once more, since a suite keeps no positions.
  if (!suite.source_text.empty()) {
    where = JsonSource::Parse(suite.source_text, suite.file.string()).Where(path);
  }
  throw Error(where + ": " + what);
}

std::string PathInCell(const Suite& suite, const Cell& cell, std::string_view of) {
  const bool is_technique = FindTechnique(of) != nullptr;
  const std::string member = std::string(of) + ".";
  for (size_t i = 0; i < suite.factors.size(); ++i) {
    const Factor& factor = suite.factors[i];
    if (factor.name == of || (!is_technique && factor.name.starts_with(member))) {
      return LevelPath(factor, cell.factors[i].second);
    }
  }
  return is_technique ? MemberPath("baseline", of) : std::string(of);
}

void FailInCell(const Suite& suite, const Cell& cell, std::string_view of,
                const std::string& what) {
  FailAt(suite, PathInCell(suite, cell, of),
         "in the cell " + cell.name + ": " + what + "; mend it, or exclude the cell");
}

}  // namespace ablate
