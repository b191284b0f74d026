// precision: in what number format an update computes. Parameters stay float32 at every level.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// fp32  float32 throughout; TF32 off.
// tf32  CUDA matrix products round their inputs to TF32; no effect on a CPU.
// amp   autocast. CUDA: float16 with dynamic loss scaling, or bfloat16 on request. CPU: bfloat16.
//       Micikevicius et al., "Mixed Precision Training" (2018).
const Technique& PrecisionTechnique();

}  // namespace ablate
