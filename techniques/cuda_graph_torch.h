// The one function of the library that holds what needs CUDA's graphs, which the worker opens for a
// run that is captured.
#pragma once

#include <functional>
#include <memory>

#include "techniques/graph_torch.h"

namespace ablate {

inline constexpr char kCudaGraphLibrary[] = "libablate_cuda_graph.so";  // beside the program
inline constexpr char kMakeCudaGraphWork[] = "AblateMakeCudaGraphWork";

// As MakeCapturedWork says.
using MakeCudaGraphWork = void(std::function<void()> work, at::Device device,
                               std::unique_ptr<RepeatedWork>& made);

}  // namespace ablate
