// schedule: the learning rate, and for onecycle the momentum, of each update.
#pragma once

#include <cstdint>
#include <optional>

#include "techniques/technique.h"

namespace ablate {

// constant  the optimizer's learning rate throughout.
// onecycle  warm-up to max_lr, then annealing, over a declared horizon. Smith and Topin,
// "Super-Convergence" (2018), with
//           the options of torch.optim.lr_scheduler.OneCycleLR, to which a test holds every step.
const Technique& ScheduleTechnique();

struct ScheduleValues {
  double learning_rate = 0;
  std::optional<double> momentum;  // Adam's beta1, where the schedule cycles it
};

// The values for update number `update` (from 0) of a horizon of `total_updates` (at least 1);
// beyond it the last ones hold.
ScheduleValues At(const Schedule& schedule, const Optimizer& optimizer, int64_t update,
                  int64_t total_updates);

}  // namespace ablate
