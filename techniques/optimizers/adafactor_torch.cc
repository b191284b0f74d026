#include "techniques/optimizers/adafactor_torch.h"

#include <cmath>
#include <limits>
#include <map>

#include "techniques/optimizers/parameter_groups_torch.h"
#include "techniques/optimizers/update_gate_torch.h"

namespace ablate {
namespace {

double MachineEpsilon(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kDouble ? std::numeric_limits<double>::epsilon()
                                             : std::numeric_limits<float>::epsilon();
}

at::Tensor StackOf(const std::vector<at::Tensor>& tensors) {
  return tensors.size() == 1 ? tensors[0].unsqueeze(0) : at::stack(tensors);
}

// Along one dimension, which stays, with size 1.
at::Tensor MeanSquare(const at::Tensor& tensor, int64_t dimension) {
  return at::linalg_vector_norm(tensor, 2, dimension, /*keepdim=*/true)
      .square_()
      .div_(tensor.size(dimension));
}

at::Tensor RootMeanSquares(at::TensorList tensors) {
  return at::stack(at::_foreach_norm(tensors, 2))
      .div_(std::sqrt(static_cast<double>(tensors.front().numel())));
}

// [tensors], to multiply a stack of `dimensions` with.
at::Tensor OneEach(const at::Tensor& factors, int64_t dimensions) {
  std::vector<int64_t> shape(dimensions, 1);
  shape[0] = -1;
  return factors.view(shape);
}

}  // namespace

AdafactorOptimizer::AdafactorOptimizer(std::vector<at::Tensor> parameters, const Adafactor& rule,
                                       double weight_decay)
    : ParameterOptimizer(std::move(parameters)),
      rule_(rule),
      updates_(at::zeros({}, at::device(this->parameters().at(0).device()).dtype(at::kDouble))) {
  std::map<std::vector<int64_t>, std::vector<size_t>> by_shape;
  for (size_t i = 0; i < this->parameters().size(); ++i) {
    by_shape[this->parameters()[i].sizes().vec()].push_back(i);
  }
  for (const auto& [shape, positions] : by_shape) {
    const bool decays = static_cast<int64_t>(shape.size()) >= kDecayingDimensions;
    stacks_.push_back(MakeStack(positions, decays ? weight_decay : 0));
  }
}

AdafactorOptimizer::Stack AdafactorOptimizer::MakeStack(std::vector<size_t> positions,
                                                        double weight_decay) const {
  Stack stack;
  for (const size_t position : positions) stack.parameters.push_back(parameters()[position]);
  stack.positions = std::move(positions);
  stack.weight_decay = weight_decay;
  const at::Tensor& first = stack.parameters[0];
  std::vector<int64_t> shape = first.sizes().vec();
  shape.insert(shape.begin(), static_cast<int64_t>(stack.parameters.size()));
  const auto options = first.options().requires_grad(false);
  if (first.dim() < 2) {
    stack.squares = at::zeros(shape, options);
    return stack;
  }
  std::vector<int64_t> rows = shape, columns = shape;
  rows.back() = 1;
  columns[columns.size() - 2] = 1;
  stack.rows = at::zeros(rows, options);
  stack.columns = at::zeros(columns, options);
  return stack;
}

at::Tensor AdafactorOptimizer::Direction(const Stack& stack, const at::Tensor& gradients,
                                         const at::Tensor& weight) {
  const double epsilon = MachineEpsilon(gradients);
  at::Tensor squares;
  if (stack.squares.defined()) {
    stack.squares.lerp_(gradients.square(), weight);
    squares = stack.squares.clamp_min(epsilon * epsilon);
  } else {
    stack.rows.lerp_(MeanSquare(gradients, -1), weight);
    stack.columns.lerp_(MeanSquare(gradients, -2), weight);
    const at::Tensor mean = stack.rows.mean(-2, /*keepdim=*/true).clamp_min_(epsilon);
    squares = (stack.rows / mean * stack.columns).clamp_min_(epsilon * epsilon);
  }
  return squares.rsqrt_().mul_(gradients);
}

void AdafactorOptimizer::Step(at::TensorList raw_gradients, const ScheduleValues& values,
                              const std::optional<at::Tensor>& found_inf) {
  const at::NoGradGuard no_gradients;
  const UpdateGate gate(found_inf);
  const std::vector<at::Tensor> gradients = gate.Finite(raw_gradients);
  gate.Count(updates_);
  const at::ScalarType type = gradients[0].scalar_type();
  // A skip may come before any update.
  const at::Tensor updates = updates_.clamp_min(1);
  const at::Tensor weight = gate.Gated(updates.pow(rule_.beta2_decay)).to(type);
  const at::Tensor length = gate.Gated(updates.rsqrt().clamp_max_(values.learning_rate));
  for (const Stack& stack : stacks_) {
    std::vector<at::Tensor> members;
    for (const size_t position : stack.positions) members.push_back(gradients[position]);
    const at::Tensor scales = RootMeanSquares(stack.parameters).clamp_min_(rule_.epsilon);
    gate.Scale(stack.parameters, 1 - values.learning_rate * stack.weight_decay);
    const at::Tensor directions = Direction(stack, StackOf(members), weight);
    const at::Tensor excess =
        RootMeanSquares(directions.unbind()).div_(rule_.clip_threshold).clamp_min_(1);
    directions.mul_(OneEach(scales / excess * -length, directions.dim()));
    at::_foreach_add_(stack.parameters, directions.unbind());
  }
}

std::vector<at::Tensor> AdafactorOptimizer::State() const {
  std::vector<at::Tensor> state = {updates_};
  for (const Stack& stack : stacks_) {
    for (const at::Tensor& squares : {stack.rows, stack.columns, stack.squares}) {
      if (squares.defined()) state.push_back(squares);
    }
  }
  return state;
}

}  // namespace ablate
