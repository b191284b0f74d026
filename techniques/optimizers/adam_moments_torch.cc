#include "techniques/optimizers/adam_moments_torch.h"

#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

AdamMoments::AdamMoments(at::TensorList parameters, at::ScalarType type_of_updates)
    : first(ZerosLike(parameters)),
      second(ZerosLike(parameters)),
      updates(at::zeros({}, parameters.at(0).options().dtype(type_of_updates))) {}

std::vector<at::Tensor> AdamMoments::State() const {
  std::vector<at::Tensor> state = first;
  state.insert(state.end(), second.begin(), second.end());
  state.push_back(updates);
  return state;
}

}  // namespace ablate
