#include "tests/cuda/emulator.h"

#include <ucontext.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

namespace ablate::cuda::emulation {
namespace {

constexpr size_t kStackBytes = 64 << 10;
constexpr unsigned int kWarp = 32;

struct Barrier {
  unsigned int expected = 0, arrived = 0, generation = 0;
};

struct Warp {
  Barrier barrier;
  std::array<uint64_t, kWarp> words;
};

struct Fiber {
  ucontext_t context;
  std::unique_ptr<std::byte[]> stack = std::make_unique_for_overwrite<std::byte[]>(kStackBytes);
  const Barrier* awaited = nullptr;
  unsigned int generation = 0;  // of the barrier, when it began to wait
  bool done = false;

  bool CanRun() const { return awaited == nullptr || awaited->generation != generation; }
};

class Block {
 public:
  Block(const Grid& grid, const std::function<void()>& kernel)
      : grid_(grid),
        kernel_(kernel),
        fibers_(grid.threads),
        warps_((grid.threads + kWarp - 1) / kWarp) {}

  void Run() {
    Start();
    size_t running = fibers_.size();
    while (running > 0) {
      bool moved = false;
      for (size_t i = 0; i < fibers_.size(); ++i) {
        const bool ascending = grid_.order == Order::kAscending;
        Fiber& fiber = fibers_[ascending ? i : fibers_.size() - 1 - i];
        if (fiber.done || !fiber.CanRun()) continue;
        moved = true;
        Resume(fiber);
        if (fiber.done) --running;
      }
      if (!moved) throw std::logic_error("threads wait at a barrier that others do not come to");
    }
  }

  void Await(Barrier& barrier) {
    if (++barrier.arrived == barrier.expected) {
      barrier.arrived = 0;
      ++barrier.generation;
      return;
    }
    current_->awaited = &barrier;
    current_->generation = barrier.generation;
    swapcontext(&current_->context, &scheduler_);
    current_->awaited = nullptr;
  }

  Barrier& barrier() { return barrier_; }
  Warp& warp() { return warps_[thread_index.x / kWarp]; }

 private:
  static void Enter(unsigned int low, unsigned int high) {
    const uint64_t address = uint64_t{high} << 32 | low;
    auto* const block = std::bit_cast<Block*>(address);
    block->kernel_();
    block->current_->done = true;
  }

  void Start() {
    const auto address = std::bit_cast<uint64_t>(this);
    barrier_ = {.expected = grid_.threads};
    for (unsigned int w = 0; w < warps_.size(); ++w) {
      warps_[w].barrier = {.expected = std::min(kWarp, grid_.threads - w * kWarp)};
    }
    for (Fiber& fiber : fibers_) {
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.get();
      fiber.context.uc_stack.ss_size = kStackBytes;
      fiber.context.uc_link = &scheduler_;
      fiber.awaited = nullptr;
      fiber.done = false;
      makecontext(&fiber.context, reinterpret_cast<void (*)()>(&Block::Enter), 2,
                  static_cast<unsigned int>(address), static_cast<unsigned int>(address >> 32));
    }
  }

  void Resume(Fiber& fiber) {
    current_ = &fiber;
    thread_index = {.x = static_cast<unsigned int>(&fiber - fibers_.data())};
    swapcontext(&scheduler_, &fiber.context);
  }

  const Grid& grid_;
  const std::function<void()>& kernel_;
  std::vector<Fiber> fibers_;
  std::vector<Warp> warps_;
  Barrier barrier_;
  ucontext_t scheduler_;
  Fiber* current_ = nullptr;
};

Block* running_block = nullptr;

}  // namespace

void RunGrid(const Grid& grid, const std::function<void()>& kernel) {
  Block block(grid, kernel);
  running_block = &block;
  grid_size = grid.blocks;
  block_size = {.x = grid.threads, .y = 1, .z = 1};
  for (unsigned int y = 0; y < grid.blocks.y; ++y) {
    for (unsigned int x = 0; x < grid.blocks.x; ++x) {
      block_index = {.x = x, .y = y};
      block.Run();
    }
  }
}

void AwaitBlock() { running_block->Await(running_block->barrier()); }

uint64_t Exchange(uint64_t word, int distance) {
  Warp& warp = running_block->warp();
  const unsigned int lane = thread_index.x % kWarp;
  warp.words[lane] = word;
  running_block->Await(warp.barrier);
  const uint64_t other = warp.words.at(lane ^ static_cast<unsigned int>(distance));
  running_block->Await(warp.barrier);  // before a word is written over
  return other;
}

}  // namespace ablate::cuda::emulation
