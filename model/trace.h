// NVTX ranges in the domain "ablate", for Nsight Systems. Without a profiler a range costs a few
// nanoseconds.
#pragma once

#include <nvtx3/nvToolsExt.h>

namespace ablate {

// Opens a range on the calling thread, and closes it at the end of the scope. Ranges of a thread
// nest; the end of the scope must be on the thread that opened it. `name` is read before the
// constructor returns.
//
//   TraceRange range("forward");
class TraceRange {
 public:
  explicit TraceRange(const char* name) {
    nvtxEventAttributes_t attributes = {};
    attributes.version = NVTX_VERSION;
    attributes.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    attributes.messageType = NVTX_MESSAGE_TYPE_ASCII;
    attributes.message.ascii = name;
    nvtxDomainRangePushEx(Domain(), &attributes);
  }
  ~TraceRange() { nvtxDomainRangePop(Domain()); }

  TraceRange(const TraceRange&) = delete;
  TraceRange& operator=(const TraceRange&) = delete;

 private:
  static nvtxDomainHandle_t Domain() {
    static const nvtxDomainHandle_t domain = nvtxDomainCreateA("ablate");
    return domain;
  }
};

}  // namespace ablate
