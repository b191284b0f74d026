// Whether two cells train the same, however their levels are written.
#pragma once

#include <cstdint>
#include <span>

#include "techniques/recipe.h"

namespace ablate {

// A 64-bit hash of all slots of the recipe, and of `others`: what else a cell's factors set. Equal
// for equal recipes, and, but for a chance of 1 in 2^64 a pair, for no others. Defaults that stand
// for a value are that value: a schedule's max_lr and horizon, and unshared layers.
uint64_t RecipeKey(Recipe recipe, double max_epochs, std::span<const uint64_t> others);

}  // namespace ablate
