#include "harness/train/replica_threads.h"

#include <utility>

namespace ablate {

ReplicaThreads::ReplicaThreads(int64_t count, const std::function<void(int64_t)>& start)
    : count_(count), thrown_(count), begin_(count), end_(count) {
  try {
    for (int64_t thread = 1; thread < count; ++thread) {
      threads_.emplace_back([this, thread, start] { Live(thread, start); });
    }
    end_.arrive_and_wait();
    RethrowFirst();
  } catch (...) {
    Join();
    throw;
  }
}

ReplicaThreads::~ReplicaThreads() { Join(); }

void ReplicaThreads::Live(int64_t thread, const std::function<void(int64_t)>& start) {
  Call(thread, start);
  end_.arrive_and_wait();
  while (true) {
    begin_.arrive_and_wait();
    if (work_ == nullptr) return;
    Call(thread, *work_);
    end_.arrive_and_wait();
  }
}

// Threads that could not be had are not waited for.
void ReplicaThreads::Join() {
  const int64_t missing = count_ - 1 - std::ssize(threads_);
  for (int64_t i = 0; i < missing; ++i) {
    end_.arrive_and_drop();
    begin_.arrive_and_drop();
  }
  if (missing > 0) end_.arrive_and_wait();
  work_ = nullptr;
  begin_.arrive_and_wait();
  for (std::thread& thread : threads_) thread.join();
}

void ReplicaThreads::Call(int64_t thread, const std::function<void(int64_t)>& work) {
  try {
    work(thread);
  } catch (...) {
    thrown_[thread] = std::current_exception();
  }
}

void ReplicaThreads::Run(const std::function<void(int64_t)>& work) {
  work_ = &work;
  begin_.arrive_and_wait();
  Call(0, work);
  end_.arrive_and_wait();
  RethrowFirst();
}

void ReplicaThreads::RethrowFirst() {
  std::exception_ptr first;
  for (std::exception_ptr& thrown : thrown_) {
    const std::exception_ptr each = std::exchange(thrown, nullptr);
    if (!first) first = each;
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace ablate
