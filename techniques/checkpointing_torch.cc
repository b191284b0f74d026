#include "techniques/checkpointing_torch.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <mutex>

#include "model/net/dropout.h"
#include "techniques/checkpointing.h"

namespace ablate {
namespace {

using Tensors = std::vector<at::Tensor>;

// The states of the CPU's generator and the device's, to be had again.
class GeneratorStates {
 public:
  explicit GeneratorStates(at::Device device) {
    generators_.push_back(DropoutGenerator());
    if (!device.is_cpu()) generators_.push_back(at::globalContext().defaultGenerator(device));
    for (at::Generator& generator : generators_) {
      const std::scoped_lock lock(generator.mutex());
      states_.push_back(generator.get_state());
    }
  }

  void Restore() const {
    for (size_t i = 0; i < generators_.size(); ++i) {
      at::Generator generator = generators_[i];
      const std::scoped_lock lock(generator.mutex());
      generator.set_state(states_[i]);
    }
  }

 private:
  std::vector<at::Generator> generators_;
  Tensors states_;
};

// For the length of a scope generators are in given states, then again as they were.
class GeneratorScope {
 public:
  GeneratorScope(const GeneratorStates& states, at::Device device) : before_(device) {
    states.Restore();
  }
  ~GeneratorScope() { before_.Restore(); }
  GeneratorScope(const GeneratorScope&) = delete;
  GeneratorScope& operator=(const GeneratorScope&) = delete;

 private:
  GeneratorStates before_;
};

// Autocast on one kind of device, as this thread has it.
struct AutocastState {
  explicit AutocastState(at::DeviceType type)
      : device(type),
        enabled(at::autocast::is_autocast_enabled(type)),
        dtype(at::autocast::get_autocast_dtype(type)),
        cached(at::autocast::is_autocast_cache_enabled()) {}

  void Restore() const {
    at::autocast::set_autocast_enabled(device, enabled);
    at::autocast::set_autocast_dtype(device, dtype);
    at::autocast::set_autocast_cache_enabled(cached);
  }

  at::DeviceType device;
  bool enabled;
  at::ScalarType dtype;
  bool cached;
};

// For the length of a scope autocast is in a given state, then again as it was.
class AutocastReplay {
 public:
  explicit AutocastReplay(const AutocastState& state) : state_(state), before_(state.device) {
    state.Restore();
  }
  ~AutocastReplay() {
    // Casts that were made within would outlive an update of what they were made from.
    if (state_.enabled && state_.cached) at::autocast::clear_cache();
    before_.Restore();
  }
  AutocastReplay(const AutocastReplay&) = delete;
  AutocastReplay& operator=(const AutocastReplay&) = delete;

 private:
  AutocastState state_;
  AutocastState before_;
};

// The gradients of `output`, given its own, with respect to those of `variables` that have one.
Tensors Gradients(const at::Tensor& output, const at::Tensor& output_gradient,
                  const Tensors& variables) {
  Tensors wanted;
  std::vector<size_t> places;
  for (size_t i = 0; i < variables.size(); ++i) {
    if (!variables[i].requires_grad()) continue;
    wanted.push_back(variables[i]);
    places.push_back(i);
  }
  const Tensors found = torch::autograd::grad({output}, wanted, {output_gradient},
                                              /*retain_graph=*/false, /*create_graph=*/false,
                                              /*allow_unused=*/true);
  Tensors gradients(variables.size());
  for (size_t i = 0; i < found.size(); ++i) gradients[places[i]] = found[i];
  return gradients;
}

// The place of a layer in the graph, with edges to its inputs and its parameters.
class Recomputation final : public torch::autograd::Node {
 public:
  Recomputation(LayerFunction layer, const Tensors& inputs, const Tensors& parameters)
      : layer_(std::move(layer)),
        device_(inputs.front().device()),
        generators_(device_),
        autocast_(device_.type()) {
    set_next_edges(torch::autograd::collect_next_edges(inputs, parameters));
    for (const at::Tensor& input : inputs) inputs_.emplace_back(input, /*is_output=*/false);
    for (const at::Tensor& parameter : parameters) {
      parameters_.emplace_back(parameter, /*is_output=*/false);
    }
  }

  std::string name() const override { return "Recomputation"; }

  void release_variables() override {
    for (auto& saved : inputs_) saved.reset_data();
    for (auto& saved : parameters_) saved.reset_data();
  }

 private:
  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    TORCH_CHECK(!at::GradMode::is_enabled(), "a recomputed layer has no second derivatives");
    if (!gradients[0].defined()) return Tensors(num_outputs());
    const Tensors inputs = DetachedInputs();
    Tensors variables = inputs;
    for (const auto& saved : parameters_) variables.push_back(saved.unpack());
    return Gradients(RunAgain(inputs), gradients[0], variables);
  }

  Tensors DetachedInputs() const {
    Tensors inputs;
    for (const auto& saved : inputs_) {
      const at::Tensor input = saved.unpack();
      inputs.push_back(input.detach().requires_grad_(input.requires_grad()));
    }
    return inputs;
  }

  // Its scopes end before gradients are computed: those belong to the backward pass, where autocast
  // is off.
  at::Tensor RunAgain(const Tensors& inputs) const {
    const GeneratorScope generators(generators_, device_);
    const AutocastReplay autocast(autocast_);
    const at::AutoGradMode with_grad(true);
    return layer_(inputs);
  }

  LayerFunction layer_;
  at::Device device_;
  GeneratorStates generators_;
  AutocastState autocast_;
  std::vector<torch::autograd::SavedVariable> inputs_, parameters_;
};

at::Tensor RunWithoutActivations(const LayerFunction& layer, const Tensors& inputs,
                                 const Tensors& parameters) {
  if (!torch::autograd::compute_requires_grad(inputs, parameters)) return layer(inputs);
  const auto node = std::shared_ptr<Recomputation>(new Recomputation(layer, inputs, parameters),
                                                   torch::autograd::deleteNode);
  const at::Tensor output = [&] {
    const at::NoGradGuard no_grad;
    return layer(inputs);
  }();
  torch::autograd::set_history(output, node);
  return output;
}

}  // namespace

LayerRunner MakeLayerRunner(const Checkpointing& checkpointing) {
  if (checkpointing.every == 0) return nullptr;
  return [checkpointing](int64_t depth, const Tensors& parameters, const LayerFunction& layer,
                         const Tensors& inputs) {
    return IsRecomputed(checkpointing, depth) ? RunWithoutActivations(layer, inputs, parameters)
                                              : layer(inputs);
  };
}

}  // namespace ablate
