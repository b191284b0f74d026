// Which cells are worth having: those that no other beats in everything.
#pragma once

#include <vector>

#include "harness/report/summary.h"

namespace ablate {

// Marks cells that no other matches in every objective and beats in one, by their means and
// whatever their doubt, and names the objectives: time to target, peak memory (the device's where
// it is known, else the host's) and quality (BLEU where every cell with a time has it, else the
// validation loss), as far as there are values. Cells that lack one, or did
// not reach the target in every seed, are left out.
void MarkFront(Summary& summary);

// For points of which less is better in both: true for those on the front.
std::vector<bool> FrontOf(const std::vector<std::vector<double>>& points);

}  // namespace ablate
