// The processes that train one run together, over LibTorch's collectives: Gloo on a CPU, NCCL on
// CUDA.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "techniques/recipe.h"

namespace c10d {
class ProcessGroup;
}

namespace ablate {

// What torchrun, Slurm or the driver tell a process: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR,
// MASTER_PORT. None of them set: a process by itself.
struct RankEnvironment {
  int64_t rank = 0;
  int64_t world_size = 1;
  int64_t local_rank = 0;        // its device on this machine
  int64_t local_world_size = 1;  // on this machine; LOCAL_WORLD_SIZE, absent: all
  std::string master_address = "127.0.0.1";
  int64_t master_port = 0;
  // Whether torchrun itself listens at the master's port, where else rank 0 does.
  bool launcher_listens = false;
  int64_t attempt = 0;  // how often torchrun has started all of them again

  // Throws Error where some are set but not all (LOCAL_RANK may be absent: RANK then), or a value
  // is no number or contradicts another.
  static RankEnvironment Read();
};

// Whether several processes can train on devices of this kind: on a CPU always, since Gloo is a
// part of LibTorch's CPU half; on CUDA where NCCL can be loaded.
bool HasBackend(at::Device device);

// All ranks call the same operations in the same order, with tensors of the same shape and type
// that lie on the run's device and are contiguous. With one rank nothing happens.
//
// On a CPU a rank that has died, or does not answer within the timeout, makes them throw c10::Error
// or std::runtime_error. On CUDA the host does not wait, and LibTorch's watchdog ends the process
// after the timeout.
class Ranks {
 public:
  // A process by itself.
  Ranks();
  // Meets the others, for which it waits no longer than the timeout. Throws Error where this
  // LibTorch or this build has no backend for the device, or where the others don't come.
  Ranks(const RankEnvironment& environment, at::Device device, double timeout_s);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int64_t rank() const { return rank_; }
  int64_t size() const { return size_; }

  // In place.
  void Sum(at::Tensor tensor);
  void Max(at::Tensor tensor);
  void Broadcast(at::Tensor tensor, int64_t from);
  // Send returns at once: the tensor must not change before WaitForSends, which keeps it alive.
  // Receive returns when the tensor is there (on CUDA: for what is enqueued after it). Between two
  // ranks, tensors arrive in the order in which they are sent.
  void Send(const at::Tensor& tensor, int64_t to);
  void Receive(at::Tensor tensor, int64_t from);
  void WaitForSends();
  void Barrier();

  // For c10d::Reducer; nullptr with one rank.
  const c10::intrusive_ptr<c10d::ProcessGroup>& group() const;

 private:
  struct Impl;
  int64_t rank_ = 0;
  int64_t size_ = 1;
  std::unique_ptr<Impl> impl_;
};

// Throws Error, on all ranks, where these tensors are not the same on all of them, as far as their
// number, sizes and sums show it.
void CheckEqual(const std::vector<at::Tensor>& tensors, Ranks& ranks);

}  // namespace ablate
