// The model's layers divided among ranks, and an update's micro-batches pipelined through them.
#pragma once

#include <memory>

#include "harness/train/execution.h"

namespace ablate {

// `ranks` and `timeline` outlive it.
std::unique_ptr<Execution> MakePipelineExecution(const Transformer& model, const Recipe& recipe,
                                                 at::Device device, Ranks& ranks,
                                                 Timeline& timeline);

}  // namespace ablate
