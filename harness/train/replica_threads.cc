#include "harness/train/replica_threads.h"

namespace ablate {

ReplicaThreads::ReplicaThreads(int64_t count, const std::function<void(int64_t)>& start)
    : count_(count), thrown_(count), begin_(count), end_(count) {
  for (int64_t thread = 1; thread < count; ++thread) {
    threads_.emplace_back([this, thread, start] {
      start(thread);
      while (true) {
        begin_.arrive_and_wait();
        if (work_ == nullptr) return;
        Call(thread);
        end_.arrive_and_wait();
      }
    });
  }
}

ReplicaThreads::~ReplicaThreads() {
  work_ = nullptr;
  begin_.arrive_and_wait();
  for (std::thread& thread : threads_) thread.join();
}

void ReplicaThreads::Call(int64_t thread) {
  try {
    (*work_)(thread);
  } catch (...) {
    thrown_[thread] = std::current_exception();
  }
}

void ReplicaThreads::Run(const std::function<void(int64_t)>& work) {
  work_ = &work;
  begin_.arrive_and_wait();
  Call(0);
  end_.arrive_and_wait();
  std::exception_ptr first;
  for (std::exception_ptr& thrown : thrown_) {
    if (!first) first = thrown;
    thrown = nullptr;
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace ablate
