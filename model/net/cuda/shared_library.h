// Libraries that are opened when they are first needed.
#pragma once

#include <string>
#include <vector>

namespace ablate::cuda {

// Handle of the first of `names` that can be opened; never closed. Throws Error, which says why
// not, and `mend`.
void* OpenLibrary(const std::vector<std::string>& names, const std::string& mend);

// Address of a function of the library. Throws Error where it has none of that name.
void* FindFunction(void* library, const char* name);

template <typename Function>
void Find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(FindFunction(library, name));
}

}  // namespace ablate::cuda
