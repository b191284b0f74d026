// Weights in another number format, made once for all that compute with them until they change.
#pragma once

#include <ATen/ATen.h>

#include <mutex>
#include <unordered_map>

#include "model/net/fused/half_linear.h"

namespace ablate::fused {

// Tensors on the same memory share a cast. For several threads at once, but for Refresh.
class WeightCasts {
 public:
  // `weight` in `type`; itself where it is of that. Each use gives a gradient of the weight's own
  // type, so that those of several uses are summed in it. The cast is read only.
  at::Tensor Get(const at::Tensor& weight, at::ScalarType type);

  // Those of `weight`, for which FitsPanels.
  WeightPanels Panels(const at::Tensor& weight);

  // The weights have changed: makes the casts anew, in place, but for those of weights that are no
  // more.
  void Refresh();

 private:
  struct Cast {
    at::Tensor source, copy;
  };

  std::mutex mutex_;
  std::unordered_map<const void*, Cast> casts_;  // by where the weight lies
  std::unordered_map<const void*, WeightToPanels> panels_;
};

}  // namespace ablate::fused
