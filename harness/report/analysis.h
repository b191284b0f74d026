// Records -> what they say. Pure: no files, no clock.
#pragma once

#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/report/summary.h"
#include "harness/run/record.h"

namespace ablate {

// `records` holds one record a run. Cells that the plan does not know (a results folder of an older
// suite) are analysed like the others, behind them.
Summary Analyse(const Suite& suite, const Plan& plan, const std::vector<Record>& records);

// Indices into summary.cells, best first: cells that reached the target in every run by their mean
// time, then those that are censored by what their time is at least, then the rest.
std::vector<size_t> Ranking(const Summary& summary);

}  // namespace ablate
