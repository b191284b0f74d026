#include "techniques/nccl_backend_torch.h"

#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

extern "C" void AblateMakeNcclBackend(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                      int size, std::chrono::milliseconds timeout,
                                      c10::intrusive_ptr<c10d::Backend>& backend) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, std::move(options));
}
