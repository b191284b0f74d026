// The device that a run computes on.
#pragma once

#include <ATen/ATen.h>

#include <string>

namespace ablate {

// "cpu" or "cuda", of which the device of that number becomes the process's. Call it before
// anything else of LibTorch. Throws Error where the device is not there; never falls back.
at::Device OpenDevice(const std::string& name, int64_t number = 0);

// Waits until the device has done all that was asked of it.
void Synchronise(at::Device device);

// One thread between operations; inside them `threads`, or with 0 all cores, shared out among
// `processes`. Denormals count as zero. With `deterministic` CUDA uses deterministic kernels alone.
void ConfigureProcess(int64_t threads, bool deterministic, int64_t processes = 1);

// Seeds every generator of every device.
void SeedGenerators(uint64_t seed);

}  // namespace ablate
