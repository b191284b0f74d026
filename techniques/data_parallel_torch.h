// Data parallelism: each rank has the whole model and a share of every batch. Gradients are
// averaged by LibTorch's own c10d::Reducer, the heart of DistributedDataParallel (Li et al. 2020):
// in buckets, each as soon as the backward pass has filled it.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "techniques/parallelism_torch.h"

namespace ablate {

class DataParallel {
 public:
  // `parameters` are those of the model, in the same order on every rank, on the run's device; each
  // takes part in every loss. Buckets hold `bucket_mb` MiB, the first of them less, so that it sets
  // out early. `ranks` outlives it and has more than one. Throws Error where the ranks' parameters
  // differ.
  DataParallel(std::vector<at::Tensor> parameters, Ranks& ranks, double bucket_mb);
  ~DataParallel();
  DataParallel(const DataParallel&) = delete;
  DataParallel& operator=(const DataParallel&) = delete;

  // The next backward leaves in .grad the mean over ranks of what had accumulated there before and
  // of what it adds itself. Call it before the backward of an update's last micro-batch (once the
  // forward is done), on all ranks; backwards before that accumulate locally. The backward throws
  // what Ranks throws.
  void PrepareForBackward();

  // By which each rank multiplies its losses, so that the mean is a sum.
  double loss_scale() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ablate
