// Whether the kernel ended processes for want of host memory.
#pragma once

#include <cstdint>

namespace ablate {

// How many processes the kernel has ended so, as far as this process may see: its control group,
// else the machine. Compare two readings.
int64_t OutOfMemoryKills();

}  // namespace ablate
