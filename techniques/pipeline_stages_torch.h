// How the layers of the Transformer are cut into the stages of a pipeline, and which parameters
// each stage needs.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/net/transformer.h"
#include "techniques/recipe.h"

namespace ablate {

// Where a row of layers is cut into `stages` consecutive parts, none of them empty, so that the
// costliest is as cheap as can be: the first layer of each stage, then costs.size(). At least as
// many layers as stages.
std::vector<int64_t> CutIntoStages(const std::vector<double>& costs, int64_t stages);

// Both stacks as one row: encoder depths, then decoder depths.
struct StageLayout {
  int64_t depths = 0;                // of either stack
  std::vector<std::string> modules;  // whose parameters each layer of the row uses
  std::vector<int64_t> first;        // layer of each stage, then the number of layers

  int64_t StageOf(int64_t layer) const;
};

// A layer costs the multiplications that a token needs; the output projection counts with the last
// one. `model` is whole, and shares layers by `recipe.sharing`.
StageLayout MakeStageLayout(const TransformerImpl& model, const Recipe& recipe, int64_t stages);

// A parameter of the model, and the stages that use it: the first of them owns it.
struct Placement {
  at::Tensor parameter;
  std::vector<int64_t> sizes;
  std::vector<int64_t> stages;
};

// Of all parameters of the model, in its order.
std::vector<Placement> PlaceParameters(const TransformerImpl& model, const StageLayout& layout);

}  // namespace ablate
