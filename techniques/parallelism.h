// parallelism: how many processes train a run together, and what each of them does.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// none   one process.
// data   every process has the whole model and a share of each batch; gradients are averaged over
//        them while the backward pass goes on. `scaling`: strong, where training.batch_size is that
//        of the update, or weak, where it is that of each process.
// model  every process has consecutive layers, a stage; micro-batches follow each other through the
//        stages.
const Technique& ParallelismTechnique();

}  // namespace ablate
