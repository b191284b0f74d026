// Whether a library means that memory ran out. No Torch.
#pragma once

#include <string_view>

namespace ablate {

// Of an error's message: memory that runs out inside LibTorch's own allocator of host memory, CUDA
// and its libraries has no exception type of its own.
bool SaysOutOfMemory(std::string_view message);

}  // namespace ablate
