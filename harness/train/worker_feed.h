// Threads that collate ahead of the training thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "harness/train/batch_feed.h"
#include "harness/train/collated_update.h"

namespace ablate {

// Updates come in the stream's order, whichever thread collated them. What a thread throws, Next
// throws, in that update's place. No thread runs before the first Next, so that warming up is timed
// without them; its destructor ends them.
class WorkerFeed final : public BatchFeed {
 public:
  // `workers` threads, which together are up to workers x prefetch updates ahead.
  WorkerFeed(const CollationPlan& plan, BatchStream& stream, int64_t workers, int64_t prefetch);
  ~WorkerFeed() override;

  const UpdateShare& Next() override;
  const UpdateShare& Make(const Batch& batch) override;
  DeviceBatch ToDevice(size_t micro_batch) override;

 private:
  // Where one update lies. A ring of them: update n lies in slot n modulo their number.
  struct Slot {
    CollatedUpdate update;
    std::exception_ptr error;
    bool ready = false;
  };

  void Start();
  void Work(const std::stop_token& stop);
  Slot* ClaimSlot(const std::stop_token& stop);
  void Publish(Slot& slot, std::exception_ptr error);

  const CollationPlan plan_;
  BatchStream& stream_;
  const int64_t workers_;
  CollatedUpdate warmup_{plan_};
  CollatedUpdate* current_ = nullptr;  // what the training thread reads

  std::mutex stream_mutex_;  // guards the stream; taken before mutex_
  std::mutex mutex_;         // guards what follows, but for the updates of slots that are in use
  std::condition_variable_any slot_free_;
  std::condition_variable_any slot_ready_;
  std::deque<Slot> slots_;
  int64_t claimed_ = 0;   // updates that a thread has begun
  int64_t taken_ = 0;     // that Next has given out
  int64_t released_ = 0;  // whose slots are free again

  std::stop_source stop_;
  std::vector<std::jthread> threads_;
};

}  // namespace ablate
