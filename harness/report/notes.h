// What a reader must know before believing a report.
#pragma once

#include <vector>

#include "harness/report/summary.h"
#include "harness/run/record.h"

namespace ablate {

// Adds to summary.notes: one seed, effects too small for so many seeds, suspected bugs, missing
// runs, no baseline, environments that differ. Reads all of the rest of the summary.
void AddNotes(const std::vector<Record>& records, Summary& summary);

}  // namespace ablate
