#include "techniques/pipeline_torch.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <map>
#include <span>

#include "techniques/optimizer_torch.h"
#include "techniques/pipeline_stages_torch.h"
#include "techniques/precision_torch.h"

namespace ablate {

struct Pipeline::Impl {
  // What a micro-batch leaves between its forward and its backward.
  struct Pass {
    std::vector<at::Tensor> inputs;   // leaves that came from the stage before
    std::vector<at::Tensor> outputs;  // for the next stage; on the last, the sum of the loss, which
                                      // is differentiated already
  };

  Impl(const Transformer& whole, const Recipe& the_recipe, at::Device its_device, Ranks& all)
      : model(whole), recipe(the_recipe), device(its_device), ranks(all) {}

  bool last() const { return end == 2 * depths; }
  void Keep(const std::vector<Placement>& all);
  std::vector<std::vector<int64_t>> BoundaryShapes(int64_t layer, const DeviceBatch& batch) const;
  std::vector<at::Tensor> Receive(int64_t layer, const DeviceBatch& batch, int64_t from);
  void SendAll(const std::vector<at::Tensor>& tensors, int64_t to);
  std::vector<at::Tensor> Forward(const std::vector<at::Tensor>& inputs, const DeviceBatch& batch,
                                  double label_smoothing);
  std::vector<at::Tensor> RunLayers(const std::vector<at::Tensor>& inputs, const DeviceBatch& batch,
                                    double label_smoothing);
  Pass RunForward(const DeviceBatch& batch,
                  const std::function<at::Tensor(const at::Tensor&)>& objective);
  void RunBackward(const Pass& pass, const DeviceBatch& batch);
  at::Tensor RunGroup(std::span<const DeviceBatch> micro_batches,
                      const std::function<at::Tensor(const at::Tensor&)>& objective);
  void SumShared();
  at::Tensor SumOverStages(const at::Tensor& own, const std::vector<int64_t>& stages);
  at::Tensor Zero() const {
    return at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(device));
  }

  Transformer model;
  Recipe recipe;
  at::Device device;
  Ranks& ranks;
  int64_t depths = 0;          // of either stack
  int64_t begin = 0, end = 0;  // layers of the row that are this stage's
  std::vector<Placement> placements;
  std::vector<at::Tensor> parameters;
  std::vector<size_t> owned;  // of parameters
  // Parameters of this stage that others use too, by the stages that do. All stages come to the
  // ones that they have in common in the same order.
  std::map<std::vector<int64_t>, std::vector<at::Tensor>> shared;
};

void Pipeline::Impl::Keep(const std::vector<Placement>& all) {
  placements = all;
  const int64_t stage = ranks.rank();
  for (Placement& placement : placements) {
    if (std::ranges::find(placement.stages, stage) == placement.stages.end()) {
      placement.parameter.set_data(at::empty({0}, placement.parameter.options()));
      continue;
    }
    if (placement.stages.front() == stage) owned.push_back(parameters.size());
    if (placement.stages.size() > 1) shared[placement.stages].push_back(placement.parameter);
    parameters.push_back(placement.parameter);
  }
}

// What passes from the layer before `layer` to it: hidden states, from the decoder's first layer on
// the memory, and after that both.
std::vector<std::vector<int64_t>> Pipeline::Impl::BoundaryShapes(int64_t layer,
                                                                 const DeviceBatch& batch) const {
  if (layer == 0 || layer == 2 * depths) return {};
  const int64_t width = model->config().d_model;
  const auto rows_of = [&](const at::Tensor& ids) {
    std::vector<int64_t> shape = ids.sizes().vec();
    shape.push_back(width);
    return shape;
  };
  if (layer <= depths) return {rows_of(batch.source)};
  return {rows_of(batch.source), rows_of(batch.target_in)};
}

std::vector<at::Tensor> Pipeline::Impl::Receive(int64_t layer, const DeviceBatch& batch,
                                                int64_t from) {
  std::vector<at::Tensor> tensors;
  for (const auto& shape : BoundaryShapes(layer, batch)) {
    const auto type = parameters.front().scalar_type();
    tensors.push_back(at::empty(shape, at::TensorOptions().dtype(type).device(device)));
    ranks.Receive(tensors.back(), from);
  }
  return tensors;
}

void Pipeline::Impl::SendAll(const std::vector<at::Tensor>& tensors, int64_t to) {
  for (const at::Tensor& tensor : tensors) ranks.Send(tensor.detach().contiguous(), to);
}

std::vector<at::Tensor> Pipeline::Impl::RunLayers(const std::vector<at::Tensor>& inputs,
                                                  const DeviceBatch& batch,
                                                  double label_smoothing) {
  const TokenLayout& source_layout = batch.source_layout;
  at::Tensor x = begin == 0 ? model->EmbedSource(batch.source, source_layout) : inputs.back();
  at::Tensor memory = begin < depths ? at::Tensor() : inputs.front();
  for (int64_t layer = begin; layer < end; ++layer) {
    if (layer < depths) {
      x = model->RunEncoderLayer(layer, x, source_layout);
      if (layer == depths - 1) memory = model->FinishEncoder(x);
    } else {
      if (layer == depths) x = model->EmbedTarget(batch.target_in, batch.target_layout);
      x = model->RunDecoderLayer(layer - depths, x, batch.target_layout, memory, source_layout);
    }
  }
  if (last()) {
    return {
        model->Loss(model->FinishDecoder(x), batch.target_out, {.label_smoothing = label_smoothing})
            .sum};
  }
  if (end < depths) return {x};
  if (end == depths) return {memory};
  return {memory, x};
}

std::vector<at::Tensor> Pipeline::Impl::Forward(const std::vector<at::Tensor>& inputs,
                                                const DeviceBatch& batch, double label_smoothing) {
  const AutocastScope autocast(recipe.precision, device);
  // Autocast would cast a leaf once for all layers, as it does parameters, and so sum their
  // gradients in half the bits.
  std::vector<at::Tensor> no_leaves;
  for (const at::Tensor& input : inputs) no_leaves.push_back(input.view_as(input));
  std::vector<at::Tensor> outputs = RunLayers(no_leaves, batch, label_smoothing);
  if (last()) return outputs;
  for (at::Tensor& output : outputs) output = output.to(parameters.front().scalar_type());
  return outputs;
}

Pipeline::Impl::Pass Pipeline::Impl::RunForward(
    const DeviceBatch& batch, const std::function<at::Tensor(const at::Tensor&)>& objective) {
  Pass pass;
  pass.inputs = Receive(begin, batch, ranks.rank() - 1);
  for (at::Tensor& input : pass.inputs) input.requires_grad_(true);
  pass.outputs = Forward(pass.inputs, batch, recipe.label_smoothing);
  if (!last()) {
    SendAll(pass.outputs, ranks.rank() + 1);
    return pass;
  }
  // The last stage waits for no gradients, and so keeps no activations. What it sends back waits
  // for its turn: collectives of NCCL must come in the order that the stage before expects.
  objective(pass.outputs.front()).backward();
  pass.outputs.front() = pass.outputs.front().detach();
  return pass;
}

void Pipeline::Impl::RunBackward(const Pass& pass, const DeviceBatch& batch) {
  if (!last()) torch::autograd::backward(pass.outputs, Receive(end, batch, ranks.rank() + 1));
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& input : pass.inputs) gradients.push_back(input.grad());
  SendAll(gradients, ranks.rank() - 1);
}

// The owner adds up, in the order of ranks, and tells the others, so that all hold the same.
at::Tensor Pipeline::Impl::SumOverStages(const at::Tensor& own,
                                         const std::vector<int64_t>& stages) {
  at::Tensor other = at::empty_like(own);
  if (stages.front() != ranks.rank()) {
    ranks.Send(own, stages.front());
    ranks.Receive(other, stages.front());
    return other;
  }
  at::Tensor sum = own;
  for (auto stage = stages.begin() + 1; stage != stages.end(); ++stage) {
    ranks.Receive(other, *stage);
    sum = sum + other;
  }
  for (auto stage = stages.begin() + 1; stage != stages.end(); ++stage) ranks.Send(sum, *stage);
  return sum;
}

// Returns this rank's part of the sum of the loss.
at::Tensor Pipeline::Impl::RunGroup(std::span<const DeviceBatch> micro_batches,
                                    const std::function<at::Tensor(const at::Tensor&)>& objective) {
  std::vector<Pass> passes;
  at::Tensor sum = Zero();
  for (const DeviceBatch& batch : micro_batches) {
    passes.push_back(RunForward(batch, objective));
    if (last()) sum = sum + passes.back().outputs.front();
  }
  for (size_t i = 0; i < passes.size(); ++i) {
    RunBackward(passes[i], micro_batches[i]);
    passes[i] = {};
  }
  return sum;
}

void Pipeline::Impl::SumShared() {
  for (const auto& [stages, tensors] : shared) {
    std::vector<at::Tensor> gradients, flat;
    std::vector<int64_t> lengths;
    for (const at::Tensor& tensor : tensors) {
      gradients.push_back(tensor.grad());
      flat.push_back(tensor.grad().flatten());
      lengths.push_back(tensor.numel());
    }
    const at::Tensor sum = SumOverStages(at::cat(flat), stages);
    const auto sums = sum.split_with_sizes(lengths);
    for (size_t i = 0; i < gradients.size(); ++i) {
      gradients[i].copy_(sums[i].view(gradients[i].sizes()));
    }
  }
}

Pipeline::Pipeline(const Transformer& model, const Recipe& recipe, at::Device device, Ranks& ranks)
    : impl_(std::make_unique<Impl>(model, recipe, device, ranks)) {
  CheckEqual(model->parameters(), ranks);
  const StageLayout layout = MakeStageLayout(*model, recipe, ranks.size());
  impl_->depths = layout.depths;
  impl_->begin = layout.first[ranks.rank()];
  impl_->end = layout.first[ranks.rank() + 1];
  impl_->Keep(PlaceParameters(*model, layout));
  // What other stages keep is not to stand in this one's reserved memory.
  if (!device.is_cpu()) c10::getDeviceAllocator(device.type())->emptyCache();
}

Pipeline::~Pipeline() = default;

const std::vector<at::Tensor>& Pipeline::parameters() const { return impl_->parameters; }

at::Tensor Pipeline::ForwardBackward(
    const std::vector<DeviceBatch>& micro_batches,
    const std::function<at::Tensor(const at::Tensor& sum)>& objective) {
  impl_->ranks.WaitForSends();
  impl_->model->ParametersChanged();
  at::Tensor sum = impl_->Zero();
  const size_t most = impl_->recipe.parallelism.micro_batches;
  for (auto rest = std::span(micro_batches); !rest.empty();) {
    const auto group = rest.first(std::min(most, rest.size()));
    sum = sum + impl_->RunGroup(group, objective);
    rest = rest.subspan(group.size());
  }
  impl_->SumShared();
  impl_->ranks.WaitForSends();
  return sum;
}

at::Tensor Pipeline::Loss(const DeviceBatch& batch) {
  const at::NoGradGuard no_gradients;
  impl_->model->ParametersChanged();
  // The batch before may still be on its way; more of them would pile up.
  impl_->ranks.WaitForSends();
  const auto inputs = impl_->Receive(impl_->begin, batch, impl_->ranks.rank() - 1);
  const auto outputs = impl_->Forward(inputs, batch, /*label_smoothing=*/0);
  if (impl_->last()) return outputs.front();
  impl_->SendAll(outputs, impl_->ranks.rank() + 1);
  return impl_->Zero();
}

at::Tensor Pipeline::GlobalNorm(at::TensorList gradients) {
  std::vector<at::Tensor> own;
  for (const size_t i : impl_->owned) own.push_back(gradients[i]);
  const at::Tensor squared =
      own.empty() ? at::zeros({}, gradients.front().options()) : ablate::GlobalNorm(own).square();
  impl_->ranks.Sum(squared);
  return squared.sqrt();
}

void Pipeline::Gather() {
  const at::NoGradGuard no_gradients;
  for (Placement& placement : impl_->placements) {
    const int64_t owner = placement.stages.front();
    if (owner == 0) continue;
    if (impl_->ranks.rank() == owner) impl_->ranks.Send(placement.parameter.detach(), 0);
    if (impl_->ranks.rank() != 0) continue;
    const at::Tensor values = at::empty(placement.sizes, placement.parameter.options());
    impl_->ranks.Receive(values, owner);
    placement.parameter.set_data(values);
  }
  impl_->ranks.WaitForSends();
}

}  // namespace ablate
