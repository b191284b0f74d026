// What keeps a results folder from being extended by a suite.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/run/store.h"

namespace ablate {

// Settings that a cell of `plan` doesn't share with the runs that are kept of the cell of the same
// name, a line each, with both values where the folder's suite.json tells them:
// "training.learning_rate: 0.001 there, 0.002 here (in 24 cells)".
std::vector<std::string> SettingsMismatches(const Plan& plan, const ResultStore& store);

// Throws Error, with `mismatches` and how to mend it, unless there are none or the store keeps no
// runs.
void RefuseMismatches(const ResultStore& store, const std::vector<std::string>& mismatches);

}  // namespace ablate
