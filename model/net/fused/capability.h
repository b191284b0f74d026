// Kernels that are compiled once for each instruction set, and chosen when they are first called.
//
// A unit `x_kernel.cc` defines KernelsFor<XKernels, kThisUnit>(), a table of functions; XKernels
// stands in x_kernel.h. Everything else in it is in an anonymous namespace or in one that bears the
// instruction set's name: the linker would else take any unit's copy of an inline function.
#pragma once

#include <ATen/Version.h>

#include <string>

namespace ablate::fused {

enum class Capability { kDefault, kAvx2, kAvx512 };

#if defined(CPU_CAPABILITY_AVX512)
inline constexpr Capability kThisUnit = Capability::kAvx512;
#elif defined(CPU_CAPABILITY_AVX2)
inline constexpr Capability kThisUnit = Capability::kAvx2;
#elif defined(CPU_CAPABILITY_DEFAULT)
inline constexpr Capability kThisUnit = Capability::kDefault;
#endif

template <typename Table, Capability capability>
const Table& KernelsFor();

// This machine's, or what ATEN_CPU_CAPABILITY says, as in LibTorch.
inline Capability CapabilityOfThisMachine() {
#if defined(__x86_64__)
  const std::string name = at::get_cpu_capability();
  if (name == "AVX512") return Capability::kAvx512;
  if (name == "AVX2") return Capability::kAvx2;
#endif
  return Capability::kDefault;
}

template <typename Table>
const Table& ChooseKernels([[maybe_unused]] Capability capability) {
#if defined(__x86_64__)
  if (capability == Capability::kAvx512) return KernelsFor<Table, Capability::kAvx512>();
  if (capability == Capability::kAvx2) return KernelsFor<Table, Capability::kAvx2>();
#endif
  return KernelsFor<Table, Capability::kDefault>();
}

template <typename Table>
const Table& Kernels() {
  static const Table& table = ChooseKernels<Table>(CapabilityOfThisMachine());
  return table;
}

}  // namespace ablate::fused
