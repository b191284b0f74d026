#include "model/net/fused/parallel.h"

#include <ATen/Parallel.h>
#include <c10/util/ParallelGuard.h>

#include <algorithm>
#include <atomic>
#include <exception>

// What GCC compiles `#pragma omp parallel` to: calls of libgomp, LibTorch's OpenMP runtime
// (libgomp's manual, "The libgomp ABI"). Called by name it serves any compiler, where Clang's
// -fopenmp would start the threads of a second runtime beside LibTorch's.
extern "C" {
void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags);
int omp_get_num_threads();
int omp_get_thread_num();
}

namespace ablate::fused {
namespace {

struct Loop {
  int64_t begin;
  int64_t end;
  int64_t grain;
  const std::function<void(int64_t, int64_t)>& body;
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
  std::exception_ptr error;  // the first one; read once every thread has come back
};

void RunOn(int thread, int64_t begin, int64_t end, const Loop& loop) {
  const at::internal::ThreadIdGuard id(thread);
  const c10::ParallelGuard region(true);
  loop.body(begin, end);
}

// What each thread of the team runs: its part of the loop, if there are so many parts.
void RunPart(void* data) {
  auto& loop = *static_cast<Loop*>(data);
  const int64_t count = loop.end - loop.begin;
  const int64_t parts =
      std::min<int64_t>(omp_get_num_threads(), at::divup(count, std::max<int64_t>(loop.grain, 1)));
  const int64_t size = at::divup(count, parts);
  const int thread = omp_get_thread_num();
  const int64_t begin = loop.begin + thread * size;
  if (begin >= loop.end) {
    return;
  }
  try {
    RunOn(thread, begin, std::min(loop.end, begin + size), loop);
  } catch (...) {
    if (!loop.failed.test_and_set()) {
      loop.error = std::current_exception();
    }
  }
}

}  // namespace

void ParallelFor(int64_t begin, int64_t end, int64_t grain,
                 const std::function<void(int64_t, int64_t)>& body) {
  if (begin >= end) {
    return;
  }
  at::internal::lazy_init_num_threads();
  Loop loop{.begin = begin, .end = end, .grain = grain, .body = body, .error = nullptr};
  if (end - begin <= std::max<int64_t>(grain, 1) || at::in_parallel_region() ||
      at::get_num_threads() == 1) {
    RunOn(0, begin, end, loop);
    return;
  }
  GOMP_parallel(RunPart, &loop, 0, 0);  // 0 threads: as many as at::set_num_threads says
  if (loop.error) {
    std::rethrow_exception(loop.error);
  }
}

}  // namespace ablate::fused
