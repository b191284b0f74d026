// What ema does: averages of parameters, and a scope in which they are evaluated.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "techniques/recipe.h"

namespace ablate {

// Holds a copy of each parameter: as much memory as they take, for the whole run.
class ParameterAverage {
 public:
  // nullptr where the recipe does not average.
  static std::unique_ptr<ParameterAverage> For(std::vector<at::Tensor> parameters,
                                               const Averaging& averaging);

  // The parameters stay where they are.
  ParameterAverage(std::vector<at::Tensor> parameters, const Averaging& averaging);

  // Once an update, after the optimizer's step: average = d average + (1 - d) parameters, in one
  // foreach operation. The first takes the parameters as they are, as
  // torch.optim.swa_utils.AveragedModel does; the one after n others has d = decay, or with warm-up
  // min(decay, (1 + n) / (10 + n)). An update that a loss scale skipped counts too. The host does
  // not wait.
  void Update();
  // The same by a count on the device, so that it can be captured: in three operations, equal up to
  // rounding. Only one of the two is used.
  void UpdateOnDevice();

  // Exchanges parameters and averages in place, bit for bit; a second call undoes the first. Takes
  // the memory of one parameter meanwhile.
  void Swap();

  const std::vector<at::Tensor>& averages() const { return averages_; }
  // Everything that both change, to be kept and put back: the averages, and how many updates they
  // are of.
  std::vector<at::Tensor> State() const;

 private:
  double Decay(int64_t updates_before) const;

  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> averages_;
  Averaging averaging_;
  at::Tensor updates_;            // [1], int64, CPU
  at::Tensor updates_on_device_;  // [], float64
};

// For the length of a scope the parameters have the values of their averages. No update happens in
// it. Does nothing for nullptr.
class AveragesInPlace {
 public:
  explicit AveragesInPlace(ParameterAverage* average);
  ~AveragesInPlace();
  AveragesInPlace(const AveragesInPlace&) = delete;
  AveragesInPlace& operator=(const AveragesInPlace&) = delete;

 private:
  ParameterAverage* average_;
};

// Gives the parameters the values of their averages for good: the training is over. Does nothing
// for nullptr.
void TakeAverages(ParameterAverage* average);

}  // namespace ablate
