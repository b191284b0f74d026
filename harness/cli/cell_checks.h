// Whether the runs of some cells can work here, told before the first is started.
#pragma once

#include <vector>

#include "harness/cli/corpora.h"
#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/run/environment.h"

namespace ablate {

// The cells of `runs`, each once.
std::vector<const Cell*> CellsOf(const Plan& plan, const std::vector<PlannedRun>& runs);

// Throws Error, at the place in the suite, where a cell has more processes than `device` has GPUs
// for, or several and no backend by which they could talk, or more replicas than it has threads
// for, or levels that are for CPUs or for GPUs alone.
void CheckDevice(const Suite& suite, const std::vector<const Cell*>& cells,
                 const ResolvedDevice& device);

// Prepares the cells' corpora. Throws Error, at the place in the suite, where a sentence doesn't
// fit model.max_length, padding's length or batching's budget of tokens.
void CheckSentences(const Suite& suite, const std::vector<const Cell*>& cells,
                    EncodedCorpora& corpora);

// As much of both as `ablate plan` can afford: the worker is asked only for cells of several
// processes or with levels for one kind of device, a corpus prepared only for cells with a fixed
// length or a budget of tokens. Notes on stderr what could not be checked, for want of a worker, a
// device or a corpus.
void CheckPlan(const Suite& suite, const Plan& plan);

}  // namespace ablate
