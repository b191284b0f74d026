#include "model/net/fused/parallel.h"

#include <ATen/Parallel.h>

#ifndef _OPENMP
#error "Compile this unit for OpenMP: its loops would be serial without."
#endif

namespace ablate::fused {

void ParallelFor(int64_t begin, int64_t end, int64_t grain,
                 const std::function<void(int64_t, int64_t)>& body) {
  at::parallel_for(begin, end, grain, body);
}

}  // namespace ablate::fused
