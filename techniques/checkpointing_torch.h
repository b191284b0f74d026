// What checkpointing does: runs a layer without keeping its activations, and again in the backward
// pass, to the same bits.
#pragma once

#include "model/net/transformer.h"
#include "techniques/recipe.h"

namespace ablate {

// For Transformer's RunLayersBy; nullptr where no layer is recomputed.
//
// A recomputed layer keeps its inputs and the states of random generators (the CPU's and the
// device's) and of autocast. Its inputs and parameters get the gradients that they would get
// without, bit for bit, and in the one backward pass that asks for them: each parameter's
// accumulator runs once, after all uses, as hooks on it (c10d::Reducer) expect. There are
// no second derivatives.
//
// "Bit for bit" ends where a shared parameter is read through autocast's cache, as at::linear does
// and torch::nn::Linear does not: without recomputation its uses then add their gradients in
// autocast's format, with it in float32.
LayerRunner MakeLayerRunner(const Checkpointing& checkpointing);

}  // namespace ablate
