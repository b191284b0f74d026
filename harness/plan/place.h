// Errors that come to light after a suite was parsed, with their place in its file.
#pragma once

#include <string>
#include <string_view>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"

namespace ablate {

// Throws Error: "<file>:<line>: <path>: <what>", or without a line where the suite has no text.
[[noreturn]] void FailAt(const Suite& suite, const std::string& path, const std::string& what);

// The path in the suite that gives a cell its `of`, a technique ("padding"), a setting
// ("model.max_length") or a section ("model"): "matrix.padding[1]" where it, or for a section one
// of its settings, is a factor; else "baseline.padding", "model.max_length".
std::string PathInCell(const Suite& suite, const Cell& cell, std::string_view of);

// Throws Error as FailAt at PathInCell does, naming the cell and how to go on without it.
[[noreturn]] void FailInCell(const Suite& suite, const Cell& cell, std::string_view of,
                             const std::string& what);

}  // namespace ablate
