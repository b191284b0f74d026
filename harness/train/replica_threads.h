// Threads that do the same thing side by side, again and again. No Torch.
#pragma once

#include <barrier>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace ablate {

// The calling thread is number 0; others wait between calls, without spinning for long.
class ReplicaThreads {
 public:
  // `start` is called once in each of the other threads, with its number, before anything else.
  // Throws what it throws, and std::system_error where a thread can't be had; no thread is left
  // then.
  ReplicaThreads(int64_t count, const std::function<void(int64_t)>& start);
  ~ReplicaThreads();
  ReplicaThreads(const ReplicaThreads&) = delete;
  ReplicaThreads& operator=(const ReplicaThreads&) = delete;

  int64_t count() const { return count_; }

  // Calls work(0) … work(count - 1), each in its thread, and returns when all have. Throws what the
  // one of lowest number threw, once all have ended.
  void Run(const std::function<void(int64_t)>& work);

 private:
  void Live(int64_t thread, const std::function<void(int64_t)>& start);
  void Call(int64_t thread, const std::function<void(int64_t)>& work);
  void RethrowFirst();
  void Join();

  int64_t count_;
  const std::function<void(int64_t)>* work_ = nullptr;  // nullptr: end
  std::vector<std::exception_ptr> thrown_;
  std::barrier<> begin_, end_;
  std::vector<std::thread> threads_;
};

}  // namespace ablate
