#include "model/net/fused/weight_casts.h"

#include <torch/csrc/autograd/functions/utils.h>

#include <memory>
#include <utility>
#include <vector>

namespace ablate::fused {
namespace {

using torch::autograd::Node;
using torch::autograd::variable_list;

class CastNode final : public Node {
 public:
  explicit CastNode(at::ScalarType type) : type_(type) {}
  std::string name() const override { return "WeightCastBackward"; }

 private:
  variable_list apply(variable_list&& incoming) override {
    if (!incoming[0].defined()) return variable_list(1);
    return {incoming[0].to(type_)};
  }

  at::ScalarType type_;
};

// A use of the cast: on its memory, with a place of its own in the graph.
at::Tensor Use(const at::Tensor& copy, const at::Tensor& weight) {
  if (!torch::autograd::compute_requires_grad(weight)) return copy;
  at::Tensor use = copy.variable_data();
  const auto node =
      std::shared_ptr<CastNode>(new CastNode(weight.scalar_type()), torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(weight));
  torch::autograd::set_history(use, node);
  return use;
}

}  // namespace

at::Tensor WeightCasts::Get(const at::Tensor& weight, at::ScalarType type) {
  if (weight.scalar_type() == type) return weight;
  const at::Tensor copy = [&] {
    const std::lock_guard<std::mutex> lock(mutex_);
    Cast& cast = casts_[weight.const_data_ptr()];
    if (!cast.copy.defined() || cast.copy.scalar_type() != type ||
        cast.copy.sizes() != weight.sizes()) {
      const at::NoGradGuard no_gradients;
      cast = {weight.detach(), weight.detach().to(type)};
    }
    return cast.copy;
  }();
  return Use(copy, weight);
}

WeightPanels WeightCasts::Panels(const at::Tensor& weight) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const void* const where = weight.const_data_ptr();
  const auto found = panels_.find(where);
  if (found != panels_.end() && found->second.weight.sizes() == weight.sizes()) {
    return found->second.panels;
  }
  WeightToPanels made{weight.detach(), MakePanels(weight)};
  return panels_.insert_or_assign(where, std::move(made)).first->second.panels;
}

void WeightCasts::Refresh() {
  const at::NoGradGuard no_gradients;
  const auto is_no_more = [](const at::Tensor& of) { return of.storage().use_count() == 1; };
  std::erase_if(casts_, [&](const auto& cast) { return is_no_more(cast.second.source); });
  std::erase_if(panels_, [&](const auto& cast) { return is_no_more(cast.second.weight); });
  std::vector<WeightToPanels*> all;
  for (auto& [where, cast] : panels_) all.push_back(&cast);
  RefreshPanels(all);
  std::vector<at::Tensor> copies, sources;
  for (const auto& [where, cast] : casts_) {
    copies.push_back(cast.copy);
    sources.push_back(cast.source);
  }
  if (!copies.empty()) at::_foreach_copy_(copies, sources);
}

}  // namespace ablate::fused
