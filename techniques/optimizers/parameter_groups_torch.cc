#include "techniques/optimizers/parameter_groups_torch.h"

namespace ablate {

std::vector<at::Tensor> ParameterGroup::Select(at::TensorList all) const {
  std::vector<at::Tensor> selected;
  selected.reserve(positions.size());
  for (const size_t position : positions) selected.push_back(all[position]);
  return selected;
}

std::vector<ParameterGroup> GroupByDecay(at::TensorList parameters, double weight_decay) {
  ParameterGroup decaying, steady;
  decaying.weight_decay = weight_decay;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const bool decays = weight_decay != 0 && parameters[i].dim() >= kDecayingDimensions;
    ParameterGroup& group = decays ? decaying : steady;
    group.positions.push_back(i);
    group.parameters.push_back(parameters[i]);
  }
  std::vector<ParameterGroup> groups;
  if (!decaying.positions.empty()) groups.push_back(std::move(decaying));
  if (!steady.positions.empty()) groups.push_back(std::move(steady));
  return groups;
}

void CountWrite(at::TensorList tensors) {
  for (const at::Tensor& tensor : tensors) tensor.unsafeGetTensorImpl()->bump_version();
}

std::vector<at::Tensor> ZerosLike(at::TensorList tensors) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> zeros;
  zeros.reserve(tensors.size());
  for (const at::Tensor& tensor : tensors) zeros.push_back(at::zeros_like(tensor));
  return zeros;
}

}  // namespace ablate
