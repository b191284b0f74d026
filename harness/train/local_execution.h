// The whole model on every rank; with several ranks the batch is divided among them.
#pragma once

#include <memory>

#include "harness/train/execution.h"

namespace ablate {

// `ranks` and `timeline` outlive it.
std::unique_ptr<Execution> MakeLocalExecution(const Transformer& model, const Recipe& recipe,
                                              at::Device device, Ranks& ranks, Timeline& timeline);

}  // namespace ablate
