// at::parallel_for as it is inside LibTorch: over its threads. In a unit that is not compiled for
// OpenMP, at::parallel_for itself runs on one thread, whatever at::set_num_threads says.
#pragma once

#include <cstdint>
#include <functional>

namespace ablate::fused {

// body(from, to) over ranges that cover [begin, end): min(threads, ceil((end - begin) / grain)) of
// them, of one size but the last; a `grain` below 1 counts as 1. One range inside another parallel
// region. Throws what `body` threw first.
void ParallelFor(int64_t begin, int64_t end, int64_t grain,
                 const std::function<void(int64_t, int64_t)>& body);

}  // namespace ablate::fused
