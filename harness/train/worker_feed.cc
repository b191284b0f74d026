#include "harness/train/worker_feed.h"

#include <c10/core/DeviceGuard.h>

#include <utility>

#include "model/trace.h"

namespace ablate {
namespace {

template <typename Function>
std::exception_ptr Caught(const Function& function) {
  try {
    function();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

}  // namespace

WorkerFeed::WorkerFeed(const CollationPlan& plan, BatchStream& stream, int64_t workers,
                       int64_t prefetch)
    : plan_(plan), stream_(stream), workers_(workers) {
  // One more for the update that the training thread reads.
  for (int64_t i = 0; i < workers * prefetch + 1; ++i) {
    slots_.push_back({.update = CollatedUpdate(plan_), .error = nullptr});
  }
}

WorkerFeed::~WorkerFeed() {
  // All at once: a thread that waits for its turn at the stream is let go by the one ahead of it.
  stop_.request_stop();
}

const UpdateShare& WorkerFeed::Next() {
  if (threads_.empty()) Start();
  std::unique_lock lock(mutex_);
  released_ = taken_;
  slot_free_.notify_one();
  Slot& slot = slots_[taken_++ % slots_.size()];
  slot_ready_.wait(lock, [&] { return slot.ready; });
  slot.ready = false;
  current_ = &slot.update;
  if (slot.error) std::rethrow_exception(std::exchange(slot.error, nullptr));
  return current_->share();
}

const UpdateShare& WorkerFeed::Make(const Batch& batch) {
  current_ = &warmup_;
  return warmup_.Fill(batch);
}

DeviceBatch WorkerFeed::ToDevice(size_t micro_batch) { return current_->ToDevice(micro_batch); }

void WorkerFeed::Start() {
  for (int64_t i = 0; i < workers_; ++i) {
    threads_.emplace_back([this, stop = stop_.get_token()] { Work(stop); });
  }
}

void WorkerFeed::Work(const std::stop_token& stop) {
  const c10::DeviceGuard guard(plan_.device);  // page-locked memory belongs to it
  while (true) {
    Slot* slot = nullptr;
    Batch batch;
    std::exception_ptr error;
    {
      // Slots are claimed in the stream's order.
      const std::scoped_lock turn(stream_mutex_);
      slot = ClaimSlot(stop);
      if (slot == nullptr) return;
      error = Caught([&] { batch = stream_.Next(); });
    }
    if (!error) {
      const TraceRange range("collate");
      error = Caught([&] { slot->update.Fill(batch); });
    }
    Publish(*slot, std::move(error));
  }
}

// nullptr: the feed ends.
WorkerFeed::Slot* WorkerFeed::ClaimSlot(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool is_free =
      slot_free_.wait(lock, stop, [&] { return claimed_ - released_ < std::ssize(slots_); });
  if (!is_free || stop.stop_requested()) return nullptr;
  return &slots_[claimed_++ % slots_.size()];
}

void WorkerFeed::Publish(Slot& slot, std::exception_ptr error) {
  const std::scoped_lock lock(mutex_);
  slot.error = std::move(error);
  slot.ready = true;
  slot_ready_.notify_one();
}

}  // namespace ablate
