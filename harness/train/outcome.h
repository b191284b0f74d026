// From the course of a training to its record. No Torch.
#pragma once

#include <span>
#include <string>

#include "harness/run/record.h"
#include "harness/train/course.h"
#include "harness/train/gpu_monitor.h"

namespace ablate {

// Fills the record's target, throughput, phases, loss, counts and train_s. `matrix_flops_per_s`:
// the device's rate in the format that the run computed in, for mfu; absent where it was not
// measured.
void DescribeCourse(const Course& course, std::optional<double> matrix_flops_per_s, Record& record);

// reached, diverged, not_reached or interrupted, with the reason, once the training has ended by
// itself.
void JudgeCourse(const Course& course, bool stopped, Record& record);

// Fills the record's energy, clocks and power, and adds to its notes. What was measured on a GPU
// that was disturbed becomes invalid, with the reasons, and is run again; so do divergence and
// memory that ran out, where what disturbed it may be their cause. A failure stays one: it is no
// result either way, and its log tells what disturbed the GPU.
void DescribeGpu(const GpuObservations& gpu, Record& record);

// The quantile `q` in [0, 1] of values, interpolated linearly. `values` is not empty.
double Quantile(std::span<const double> values, double q);

}  // namespace ablate
