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
// accumulator runs once, after all uses, as hooks on it (c10d::Reducer) expect. Autocast's casts of
// shared parameters are shared by all uses too. There are no second derivatives.
LayerRunner MakeLayerRunner(const Checkpointing& checkpointing);

}  // namespace ablate
