// The one-cycle policy: a schedule of learning rate and momentum.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "techniques/schedule.h"

namespace ablate {

std::vector<Option> OneCycleOptions();

// Throws Error where options contradict each other.
OneCycleSchedule ReadOneCycle(const nlohmann::json& options);

// As At does it.
ScheduleValues OneCycleAt(const OneCycleSchedule& schedule, const Optimizer& optimizer,
                          int64_t update, int64_t total_updates);

}  // namespace ablate
