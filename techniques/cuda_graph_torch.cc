#include "techniques/cuda_graph_torch.h"

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>

#include <exception>
#include <utility>

namespace ablate {
namespace {

constexpr int kCallsBeforeCapture = 2;

class CudaGraphWork final : public RepeatedWork {
 public:
  CudaGraphWork(std::function<void()> work, at::Device device)
      : work_(std::move(work)),
        device_(device),
        // The default stream can't be captured.
        side_(at::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())) {}

  void Run() override {
    const c10::cuda::CUDAGuard guard(device_);
    if (calls_ < kCallsBeforeCapture) {
      ++calls_;
      Aside(work_);
      return;
    }
    if (!captured_) Aside([this] { Capture(); });
    captured_ = true;
    graph_.replay();
  }

 private:
  // On the side stream, in order with the current one.
  void Aside(const std::function<void()>& work) {
    const at::cuda::CUDAStream current = at::cuda::getCurrentCUDAStream();
    at::cuda::CUDAEvent before, after;
    before.record(current);
    before.block(side_);
    {
      const c10::cuda::CUDAStreamGuard stream(side_);
      work();
    }
    after.record(side_);
    after.block(current);
  }

  // Does none of the work. Other threads may use CUDA meanwhile: autograd's launches what this one
  // captures, others watch the device.
  void Capture() {
    side_.synchronize();
    // The graph allocates from a pool of its own: what the calls before it left cached would never
    // be used again, nor could it be given back while capturing.
    c10::cuda::CUDACachingAllocator::emptyCache();
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    std::exception_ptr thrown;
    try {
      work_();
    } catch (...) {
      thrown = std::current_exception();
    }
    try {
      graph_.capture_end();
    } catch (...) {
      if (!thrown) throw;  // else what broke the capture says more
    }
    if (thrown) std::rethrow_exception(thrown);
  }

  std::function<void()> work_;
  at::Device device_;
  at::cuda::CUDAStream side_;
  at::cuda::CUDAGraph graph_;
  int calls_ = 0;
  bool captured_ = false;
};

}  // namespace
}  // namespace ablate

extern "C" void AblateMakeCudaGraphWork(std::function<void()> work, at::Device device,
                                        std::unique_ptr<ablate::RepeatedWork>& made) {
  made = std::make_unique<ablate::CudaGraphWork>(std::move(work), device);
}
