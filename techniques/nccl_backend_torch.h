// The one function of the library that holds what needs NCCL, which the worker opens for a run of
// several ranks on CUDA.
#pragma once

#include <c10/util/intrusive_ptr.h>

#include <chrono>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace ablate {

inline constexpr char kNcclBackendLibrary[] = "libablate_nccl.so";  // beside the program
inline constexpr char kMakeNcclBackend[] = "AblateMakeNcclBackend";

// Collectives of `size` ranks over NCCL, for the current CUDA device.
using MakeNcclBackend = void(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
                             std::chrono::milliseconds timeout,
                             c10::intrusive_ptr<c10d::Backend>& backend);

}  // namespace ablate
