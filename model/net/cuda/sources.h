// The texts of the kernels, which are part of the program and compiled where it runs.
#pragma once

#include <span>
#include <string_view>

namespace ablate::cuda {

struct Source {
  std::string_view name;  // "model/net/cuda/….cu", or of a header, as it is included
  std::string_view text;
};

std::span<const Source> Sources();

}  // namespace ablate::cuda
