// Work on a range that is divided among threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace ablate {

// As many as there are processors, but no more than `most`, and at least one.
inline size_t WorkerThreads(size_t most) {
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, std::max<size_t>(most, 1));
}

// What work(begin, end) returns for consecutive parts of [0, size), each in a thread of its own, in
// their order. An exception of one of them is thrown here, once all have ended.
template <typename Work>
auto InParts(size_t size, Work work) {
  constexpr size_t kWorthAThread = 4096;
  constexpr size_t kMostThreads = 16;
  const size_t parts = WorkerThreads(std::min(kMostThreads, size / kWorthAThread));
  using Result = decltype(work(size_t{}, size_t{}));
  std::vector<std::future<Result>> futures;
  for (size_t part = 0; part < parts; ++part) {
    const size_t begin = size * part / parts;
    const size_t end = size * (part + 1) / parts;
    const auto policy = parts == 1 ? std::launch::deferred : std::launch::async;
    futures.push_back(std::async(policy, [&work, begin, end] { return work(begin, end); }));
  }
  std::vector<Result> results;
  for (std::future<Result>& future : futures) results.push_back(future.get());
  return results;
}

// {work(0), …, work(size - 1)}.
template <typename Result, typename Work>
std::vector<Result> ForEach(size_t size, Work work) {
  std::vector<Result> results(size);
  InParts(size, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) results[i] = work(i);
    return 0;
  });
  return results;
}

// How many things ahead memory is asked for that is read in no order.
inline constexpr size_t kAhead = 16;

}  // namespace ablate
