// How a run's model is executed: in this process alone, by one thread's operations or by several
// replicas, with its batches divided among ranks, or with its layers divided among them.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "harness/train/batch_feed.h"
#include "harness/train/division.h"
#include "harness/train/timeline.h"
#include "model/net/transformer.h"
#include "techniques/optimizer_torch.h"
#include "techniques/parallelism_torch.h"
#include "techniques/precision_torch.h"
#include "techniques/recipe.h"

namespace ablate {

// Moments of one micro-batch, or of all where they are interleaved.
struct PhaseMarks {
  Timeline::Mark start, copied, forward, backward;
};

struct UpdateGradients {
  // [], this rank's part of the update's loss: those of all ranks sum to the mean loss a real
  // target token.
  at::Tensor loss;
  std::vector<PhaseMarks> marks;
};

// With several ranks, all of them call the same functions in the same order.
class Execution {
 public:
  virtual ~Execution() = default;

  // Those that this rank updates.
  virtual std::vector<at::Tensor> parameters() const = 0;

  // Forward and backward of an update: makes the gradients of its mean loss a real target token,
  // over all ranks, scaled where `scaling` is given.
  virtual UpdateGradients Run(const UpdateShare& share, BatchFeed& feed,
                              const LossScaling* scaling) = 0;
  // Those of the parameters, given away: after each Run.
  virtual PartedGradients TakeGradients() = 0;
  // The 2-norm [] of the whole model's gradients, of which these are the rank's.
  virtual at::Tensor Norm(const PartedGradients& gradients) = 0;
  // Whether any gradient of the whole model overflowed, from whether the rank's did; in place.
  virtual void AgreeOnOverflow(at::Tensor found_inf) = 0;

  // The sum of the loss over a batch, without smoothing: this rank's part of it.
  virtual at::Tensor EvaluationLoss(const DeviceBatch& batch) = 0;
  // Of the batches of an evaluation this rank takes number `first`, and each `step`-th after it.
  struct EvaluationShare {
    size_t first = 0, step = 1;
  };
  virtual EvaluationShare evaluation_share() const = 0;
  // Brings the whole model to rank 0, to be translated with. It is not trained any further.
  virtual void Gather() = 0;
};

// How updates are divided under the recipe on this rank.
Division DivisionFor(const Recipe& recipe, const Ranks& ranks);

// `ranks` and `timeline` outlive it. The recipe asks for as many processes as there are ranks.
std::unique_ptr<Execution> MakeExecution(const Transformer& model, const Recipe& recipe,
                                         at::Device device, Ranks& ranks, Timeline& timeline);

}  // namespace ablate
