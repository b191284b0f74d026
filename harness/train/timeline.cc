#include "harness/train/timeline.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>

#include "harness/train/stopwatch.h"

namespace ablate {

Timeline::Mark Timeline::Record() {
  const Mark mark = size_++;
  if (device_.is_cpu()) {
    if (mark == host_.size()) host_.emplace_back();
    host_[mark] = HostSeconds();
    return mark;
  }
  const c10::impl::VirtualGuardImpl guard(device_.type());
  if (mark == events_.size()) {
    events_.emplace_back(device_.type(), c10::EventFlag::BACKEND_DEFAULT);
  }
  events_[mark].record(guard.getStream(device_));
  return mark;
}

double Timeline::Seconds(Mark from, Mark to) const {
  if (device_.is_cpu()) return host_[to] - host_[from];
  events_[from].synchronize();
  events_[to].synchronize();
  return events_[from].elapsedTime(events_[to]) / 1000;
}

void Timeline::KeepOnly(Mark mark) {
  if (device_.is_cpu()) {
    std::swap(host_[0], host_[mark]);
  } else {
    std::swap(events_[0], events_[mark]);
  }
  size_ = 1;
}

}  // namespace ablate
