// What a reader must know before believing a report.
#pragma once

#include "harness/report/results_reader.h"
#include "harness/report/summary.h"

namespace ablate {

// Adds to summary.notes: one seed, effects too small for so many seeds, suspected bugs, missing
// runs, cells that lack some, cells that train the same, no baseline, environments that differ.
// Reads all of the rest of the summary.
void AddNotes(const Results& results, Summary& summary);

}  // namespace ablate
