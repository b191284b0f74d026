// at::parallel_for as it is inside LibTorch: over its threads. Where a unit is not compiled for
// OpenMP, at::parallel_for itself runs on one thread, whatever at::set_num_threads says.
#pragma once

#include <cstdint>
#include <functional>

namespace ablate::fused {

// body(from, to) over ranges that cover [begin, end), each of at least `grain` but the last.
void ParallelFor(int64_t begin, int64_t end, int64_t grain,
                 const std::function<void(int64_t, int64_t)>& body);

}  // namespace ablate::fused
