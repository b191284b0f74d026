// Copies of the model on the memory of its parameters, each computing a share of every micro-batch
// in a thread of its own, with operations of one thread: on a CPU with several cores that takes
// less time than dividing each of many small operations among them.
#pragma once

#include <memory>

#include "harness/train/execution.h"

namespace ablate {

// The gradients are those of one thread but for the order of their sums, which is fixed: the same
// from run to run. What a replica throws leaves none. `model` is one of the replicas. `timeline`
// outlives it. Throws Error where the device is not a CPU, or has not a thread for each replica.
std::unique_ptr<Execution> MakeReplicaExecution(const Transformer& model, const Recipe& recipe,
                                                at::Device device, Timeline& timeline);

}  // namespace ablate
