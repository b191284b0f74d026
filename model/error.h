// The one exception for what a user must mend.
#pragma once

#include <stdexcept>
#include <string>

namespace ablate {

// Thrown for bad input, a bad suite or a missing part of the environment. The message says what is
// wrong, where (file, line, JSON path), and how to mend it. Caught once, in `main`, and mapped to
// exit code 3.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace ablate
