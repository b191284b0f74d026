#include "techniques/kernels_torch.h"

namespace ablate {

std::shared_ptr<Kernels> MakeKernels(KernelSet kernels, at::Device device) {
  if (kernels == KernelSet::kFused) return MakeFusedKernels(device);
  return {&ReferenceKernels(), [](Kernels* /*static*/) {}};
}

}  // namespace ablate
