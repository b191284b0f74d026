// What only LibTorch and CUDA know of the machine.
#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <string>

namespace ablate {

// The JSON object that `ablate-worker --environment` prints; see harness/run/worker_protocol.h.
// Takes about a second for matrix_flops_per_s, which is left out without `rates`. Throws Error
// where the device is not there.
nlohmann::json DescribeEnvironment(const std::string& device, bool rates);

// FLOP/s of a large product of square matrices in `type`, the best of what fits in about `seconds`.
double MeasureMatrixRate(at::Device device, at::ScalarType type, double seconds);

}  // namespace ablate
