// Moments on a device's own clock.
#pragma once

#include <c10/core/Event.h>

#include <cstddef>
#include <vector>

namespace ablate {

// On a CPU a mark is the host's time. On another device it is an event that the device passes once
// it has done all that was asked of it before, so that recording one does not wait for the device.
// Events are reused.
class Timeline {
 public:
  using Mark = size_t;

  explicit Timeline(c10::Device device) : device_(device) {}

  Mark Record();
  // Waits until the device has passed both.
  double Seconds(Mark from, Mark to) const;
  // Forgets all marks but `mark`, which then is mark 0.
  void KeepOnly(Mark mark);
  // Forgets all marks.
  void Clear() { size_ = 0; }

 private:
  c10::Device device_;
  size_t size_ = 0;
  std::vector<double> host_;
  std::vector<c10::Event> events_;
};

}  // namespace ablate
