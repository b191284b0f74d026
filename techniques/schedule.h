// schedule: the learning rate, and for onecycle the momentum, of each update.
#pragma once

#include <cstdint>
#include <optional>

#include "techniques/technique.h"

namespace ablate {

// constant             the optimizer's learning rate throughout.
// onecycle             warm-up to max_lr, then annealing. Smith and Topin, "Super-Convergence"
//                      (2018), with the options of torch.optim.lr_scheduler.OneCycleLR, to which a
//                      test holds every step.
// cosine               Loshchilov and Hutter, "SGDR" (2017), one half period.
// inverse_sqrt         Vaswani et al., "Attention Is All You Need" (2017).
// linear, polynomial   in the updates that remain, polynomial to a power of them.
// warmup_stable_decay  constant, but linear over the end of the horizon. Hu et al., "MiniCPM"
//                      (2024).
//
// All but onecycle take a linear warm-up before. A horizon of T updates, numbered u from 0, has
// W = warmup_fraction T of them, rounded to the nearest whole and at most T - 1:
//   u < W   (u + 1) / (W + 1) of the learning rate. So no update is spent at a rate of 0, as the
//           first is where libraries have u / W, and update W is the first at the whole rate.
//   u >= W  m + (1 - m) f of it, with m = min_fraction and r = (T - u) / (T - W):
//           f = (1 - cos(pi r)) / 2 (cosine), r (linear), r^power (polynomial); m would be reached
//           at update T, the first that the horizon does not have. warmup_stable_decay has 1, then
//           (T - u) / D over the last D = decay_fraction T updates, rounded likewise and at most
//           T - W. inverse_sqrt has sqrt((W + 1) / (u + 1)), has no m, and goes on beyond T.
const Technique& ScheduleTechnique();

struct ScheduleValues {
  double learning_rate = 0;
  std::optional<double> momentum;  // the rule's beta1, or Sgd's momentum, where it is cycled
};

// The values for update number `update` (from 0) of a horizon of `total_updates` (at least 1);
// beyond it the last ones hold, but for inverse_sqrt.
ScheduleValues At(const Schedule& schedule, const Optimizer& optimizer, int64_t update,
                  int64_t total_updates);

// The length of the horizon in epochs; 0: the target's max_epochs.
double HorizonEpochs(const Schedule& schedule);

}  // namespace ablate
