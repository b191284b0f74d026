// Adafactor, Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost"
// (2018), with relative step sizes bounded by the learning rate and decoupled decay, as
// torch.optim.Adafactor has it. It has no momentum, so a schedule that cycles one changes nothing.
#pragma once

#include "techniques/optimizer_torch.h"

namespace ablate {

class AdafactorOptimizer final : public ParameterOptimizer {
 public:
  AdafactorOptimizer(std::vector<at::Tensor> parameters, const Adafactor& rule,
                     double weight_decay);

  void Step(at::TensorList gradients, const ScheduleValues& values,
            const std::optional<at::Tensor>& found_inf) override;
  std::vector<at::Tensor> State() const override;

 private:
  // Parameters of one shape, stacked: LibTorch has foreach forms of neither means over a dimension
  // nor outer products.
  struct Stack {
    std::vector<size_t> positions;  // among all parameters
    std::vector<at::Tensor> parameters;
    double weight_decay;
    at::Tensor rows;     // matrices: mean square of each row [parameters, …, rows, 1]
    at::Tensor columns;  // matrices: mean square of each column [parameters, …, 1, columns]
    at::Tensor squares;  // others: mean square of each element [parameters, …]
  };

  Stack MakeStack(std::vector<size_t> positions, double weight_decay) const;
  // The stack's gradients divided by the roots of their mean squares, after these have moved by
  // `weight` [] towards this update's.
  static at::Tensor Direction(const Stack& stack, const at::Tensor& gradients,
                              const at::Tensor& weight);

  Adafactor rule_;
  std::vector<Stack> stacks_;
  at::Tensor updates_;  // [], float64: that were not skipped
};

}  // namespace ablate
