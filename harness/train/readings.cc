#include "harness/train/readings.h"

#include "harness/train/device.h"
#include "model/trace.h"

namespace ablate {
namespace {

// loss, gradient norm, and where the loss is scaled: skipped, loss scale.
constexpr int64_t kColumns = 4;

at::Tensor Fetch(const std::vector<PendingUpdate>& updates) {
  std::vector<at::Tensor> scalars;
  for (const PendingUpdate& update : updates) {
    scalars.push_back(update.loss);
    scalars.push_back(update.grad_norm);
    scalars.push_back(update.skipped.value_or(update.loss));
    scalars.push_back(update.loss_scale.value_or(update.loss));
  }
  return at::stack(scalars).to(at::kCPU, at::kDouble).view({-1, kColumns});
}

}  // namespace

void Readings::Resume() {
  Synchronise(device_);
  timeline_.Clear();
  timeline_.Record();
}

std::vector<UpdateFacts> Readings::Read() {
  if (pending_.empty()) return {};
  const TraceRange range("read");
  const at::Tensor values = Fetch(pending_);
  const double* row = values.const_data_ptr<double>();
  Timeline::Mark start = 0;
  std::vector<UpdateFacts> read;
  for (PendingUpdate& update : pending_) {
    update.facts.loss = row[0];
    update.facts.grad_norm = row[1];
    update.facts.skipped = update.skipped && row[2] != 0;
    if (update.loss_scale) update.facts.loss_scale = row[3];
    row += kColumns;
    Time(update, start);
    train_s_ += update.facts.seconds;
    update.facts.train_s = train_s_;
    start = update.marks.end;
    read.push_back(update.facts);
  }
  timeline_.KeepOnly(start);
  pending_.clear();
  return read;
}

void Readings::Time(PendingUpdate& update, Timeline::Mark start) const {
  const auto& marks = update.marks;
  PhaseSeconds& phases = update.facts.phases;
  update.facts.seconds = timeline_.Seconds(start, marks.end);
  if (!device_.is_cpu()) phases.h2d = timeline_.Seconds(marks.loaded, marks.copied);
  phases.forward = timeline_.Seconds(marks.copied, marks.forward);
  phases.backward = timeline_.Seconds(marks.forward, marks.backward);
  phases.optimizer = timeline_.Seconds(marks.backward, marks.end);
}

}  // namespace ablate
