// The processes that train one run together, over LibTorch's collectives: Gloo on a CPU, NCCL on
// CUDA.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

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
  int64_t local_rank = 0;
  std::string master_address = "127.0.0.1";
  int64_t master_port = 0;

  // Throws Error where some are set but not all, or a value is no number or contradicts another.
  static RankEnvironment Read();
};

// All ranks call the same operations in the same order, with tensors of the same shape and type that
// lie on the run's device. With one rank nothing happens. A rank that does not answer within the
// timeout, or has died, makes them throw c10::Error.
class Ranks {
 public:
  // A process by itself.
  Ranks();
  // Meets the others. Throws Error where this LibTorch has no backend for the device.
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
  // The sender may go on and change `tensor` only after the returned work is waited for; Receive
  // returns when it is there.
  void Send(at::Tensor tensor, int64_t to, int tag);
  void Receive(at::Tensor tensor, int64_t from, int tag);
  void Barrier();

  // For c10d::Reducer; nullptr with one rank.
  const c10::intrusive_ptr<c10d::ProcessGroup>& group() const;

 private:
  struct Impl;
  int64_t rank_ = 0;
  int64_t size_ = 1;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ablate
