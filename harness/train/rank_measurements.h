// From what each of the processes that train a run together measured, to what the run took.
#pragma once

#include <ATen/ATen.h>

#include "harness/train/gpu_monitor.h"
#include "harness/train/memory.h"
#include "techniques/parallelism_torch.h"

namespace ablate {

struct RankMeasurements {
  MemoryPeaks memory;
  GpuObservations gpu;
  double cpu_s = 0;  // processor seconds that the process used
};

// All ranks call it, and each gets the whole: of a device's memory the greatest, of clocks and
// power the extremes and the mean, of host memory, energy and processor seconds the sum. What one
// rank does not know is absent. Notes stay each rank's own; a rank whose own GPU was not disturbed
// is told where another's was.
RankMeasurements Combined(RankMeasurements own, Ranks& ranks, at::Device device);

}  // namespace ablate
