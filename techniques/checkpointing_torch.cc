#include "techniques/checkpointing_torch.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <array>
#include <mutex>

#include "techniques/checkpointing.h"

namespace ablate {
namespace {

using Tensors = std::vector<at::Tensor>;

// The states of the CPU's generator and the device's, to be had again.
class GeneratorStates {
 public:
  explicit GeneratorStates(at::Device device) {
    generators_.push_back(at::globalContext().defaultGenerator(at::kCPU));
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

  // Whether casts of parameters are made once and kept.
  bool KeepsCasts() const { return enabled && cached; }

  at::DeviceType device;
  bool enabled;
  at::ScalarType dtype;
  bool cached;
};

// For the length of a scope autocast is in a given state, with no casts from outside; then again as
// it was.
class AutocastReplay {
 public:
  explicit AutocastReplay(const AutocastState& state) : state_(state), before_(state.device) {
    if (state_.KeepsCasts()) at::autocast::clear_cache();
    state_.Restore();
  }
  ~AutocastReplay() {
    if (state_.KeepsCasts()) at::autocast::clear_cache();
    before_.Restore();
  }
  AutocastReplay(const AutocastReplay&) = delete;
  AutocastReplay& operator=(const AutocastReplay&) = delete;

 private:
  AutocastState state_;
  AutocastState before_;
};

// What autocast casts the parameters to, from its cache, which from now on holds them; an undefined
// tensor for one that it leaves as it is. None where it keeps no casts.
Tensors Casts(const Tensors& parameters, const AutocastState& autocast) {
  if (!autocast.KeepsCasts()) return {};
  Tensors casts;
  for (const at::Tensor& parameter : parameters) {
    const at::Tensor cast = at::autocast::cached_cast(autocast.dtype, parameter, autocast.device);
    casts.push_back(cast.is_same(parameter) ? at::Tensor() : cast);
  }
  return casts;
}

// The same as leaves, so that a gradient stops at the cast.
Tensors LeafCasts(const Tensors& parameters, const AutocastState& autocast) {
  const torch::NoGradGuard no_grad;
  Tensors casts = Casts(parameters, autocast);
  for (at::Tensor& cast : casts) {
    if (cast.defined()) cast.requires_grad_(true);
  }
  return casts;
}

Tensors Joined(const Tensors& a, const Tensors& b, const Tensors& c) {
  Tensors all = a;
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), c.begin(), c.end());
  return all;
}

// The gradients of `output`, given its own, with respect to those of `variables` that have one.
Tensors Gradients(const at::Tensor& output, const at::Tensor& output_gradient,
                  const Tensors& variables) {
  Tensors wanted;
  std::vector<size_t> places;
  for (size_t i = 0; i < variables.size(); ++i) {
    if (!variables[i].defined() || !variables[i].requires_grad()) continue;
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

// The place of a layer in the graph. Its edges lead to the inputs, the parameters and their casts.
//
// The casts have edges of their own because, without recomputation, all uses of a cast in an update
// add their gradients in its own format, before they are cast back.
class Recomputation final : public torch::autograd::Node {
 public:
  Recomputation(LayerFunction layer, const Tensors& inputs, const Tensors& parameters)
      : layer_(std::move(layer)),
        device_(inputs.front().device()),
        generators_(device_),
        autocast_(device_.type()) {
    set_next_edges(
        torch::autograd::collect_next_edges(inputs, parameters, Casts(parameters, autocast_)));
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
    Tensors inputs, parameters;
    for (const auto& saved : inputs_) {
      const at::Tensor input = saved.unpack();
      inputs.push_back(input.detach().requires_grad_(input.requires_grad()));
    }
    for (const auto& saved : parameters_) parameters.push_back(saved.unpack());
    Tensors casts;
    const at::Tensor output = RunAgain(inputs, parameters, casts);
    return Gradients(output, gradients[0], Joined(inputs, parameters, casts));
  }

  // Its scopes end before the gradients are computed, which belong to the backward pass.
  at::Tensor RunAgain(const Tensors& inputs, const Tensors& parameters, Tensors& casts) const {
    const GeneratorScope generators(generators_, device_);
    const AutocastReplay autocast(autocast_);
    const at::AutoGradMode with_grad(true);
    casts = LeafCasts(parameters, autocast_);
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
    const torch::NoGradGuard no_grad;
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
