// optimizer: the rule by which an update's gradient changes the parameters.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// adam       Kingma and Ba, "Adam" (2015).
// adamw      Adam with decoupled weight decay. Loshchilov and Hutter (2019).
// lamb       Adam whose step is scaled to each tensor's norm. You et al. (2020).
// adafactor  second moments of a matrix kept as a row and a column. Shazeer and Stern (2018).
// lion       the sign of an interpolated momentum. Chen et al. (2023).
// sgd        the gradient, with momentum or Nesterov's.
//
// Every level takes a learning_rate and a weight_decay of its own in place of training's, since
// rules differ in the scale of both.
const Technique& OptimizerTechnique();

}  // namespace ablate
