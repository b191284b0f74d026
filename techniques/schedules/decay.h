// Schedules of a linear warm-up and a decay after it; constant is the one without a decay.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "techniques/schedule.h"

namespace ablate {

// constant, cosine, inverse_sqrt, linear, polynomial and warmup_stable_decay, each with its
// options.
std::vector<Level> DecayLevels();

ConstantSchedule ReadConstant(const nlohmann::json& options);
// `level` is one of the others. Throws Error where options contradict each other.
DecaySchedule ReadDecay(std::string_view level, const nlohmann::json& options);

// The fraction of the highest rate that an update has, as At does it.
double RateFraction(const ConstantSchedule& schedule, int64_t update, int64_t total_updates);
double RateFraction(const DecaySchedule& schedule, int64_t update, int64_t total_updates);

}  // namespace ablate
