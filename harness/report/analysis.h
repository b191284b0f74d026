// Results -> what they say. Pure: no files, no clock.
#pragma once

#include <vector>

#include "harness/report/results_reader.h"
#include "harness/report/summary.h"

namespace ablate {

// One record a run is looked at, and the curves where a technique promises them to be equal. Cells
// that the plan does not know (a results folder of an older suite) are analysed like the others,
// behind them. The results' notes stand behind those of the analysis.
Summary Analyse(const Results& results);

// Whether the cell has a time to the target in each of the ranked seeds.
bool ReachedInEverySeed(const Summary& summary, size_t cell);

// Indices into summary.cells, best first: cells that reached the target in every seed by their mean
// time over the ranked seeds; those whose runs all reached it, but not in every seed; those that
// are censored by what their time is at least; the rest.
std::vector<size_t> Ranking(const Summary& summary);

}  // namespace ablate
