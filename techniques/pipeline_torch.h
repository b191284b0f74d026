// Model parallelism: the layers are cut into stages, one a rank, and micro-batches follow each
// other through them (GPipe, Huang et al. 2019).
//
// Names carry shapes: B sentences; S source, T target tokens; D d_model.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "model/net/training_loss.h"
#include "model/net/transformer.h"
#include "techniques/parallelism_torch.h"
#include "techniques/recipe.h"

namespace ablate {

// This rank's stage. All ranks call the same functions in the same order with the same batches, of
// which only activations and their gradients travel, in the parameters' type.
class Pipeline {
 public:
  // `model` is whole, with equal parameters on every rank, on the run's device, and its layers are
  // shared by `recipe.sharing`. Parameters that the stage has no use for are emptied. `ranks`
  // outlives it; there are no more than layers. Throws Error where the ranks' parameters differ.
  Pipeline(const Transformer& model, const Recipe& recipe, at::Device device, Ranks& ranks);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Of this stage. A parameter that several stages use is in each of them, with equal values as
  // long as all are updated alike.
  const std::vector<at::Tensor>& parameters() const;

  // Forward and backward of an update's micro-batches, of which recipe.parallelism.micro_batches at
  // a time are in the pipeline, one group after the other. `objective` makes of a micro-batch's sum
  // of the loss [] what is differentiated; it is called on the last rank alone. Leaves the
  // gradients in .grad, where none are before, those of a parameter on several stages summed over
  // them. Returns this rank's part [] of the sum of the loss, which is 0 but on the last. Autocast
  // is on in the forward alone, as the recipe says.
  at::Tensor ForwardBackward(const std::vector<DeviceBatch>& micro_batches,
                             const std::function<at::Tensor(const at::Tensor& sum)>& objective);

  // The sum of the loss over a batch, without smoothing or gradients: this rank's part [] of it.
  // The model's mode is the caller's.
  at::Tensor Loss(const DeviceBatch& batch);

  // The 2-norm [] of the whole model's gradients, of which these are those of parameters(), in
  // their order.
  at::Tensor GlobalNorm(at::TensorList gradients);

  // Brings all parameters to rank 0, whose model is whole again; it is not trained any further.
  void Gather();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ablate
