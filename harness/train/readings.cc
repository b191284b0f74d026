#include "harness/train/readings.h"

#include "harness/train/device.h"
#include "model/trace.h"

namespace ablate {
namespace {

// loss, gradient norm; where the loss is scaled: skipped, loss scale; where the host does not know
// it: learning rate.
constexpr int64_t kColumns = 5;

}  // namespace

void Readings::Resume() {
  Synchronise(device_);
  timeline_.Clear();
  timeline_.Record();
}

std::vector<UpdateFacts> Readings::Read() {
  if (pending_.empty()) return {};
  const TraceRange range("read");
  const at::Tensor values = Fetch();
  const double* row = values.const_data_ptr<double>();
  Timeline::Mark start = 0;
  for (PendingUpdate& update : pending_) {
    update.facts.loss = row[0];
    update.facts.grad_norm = row[1];
    update.facts.skipped = update.skipped && row[2] != 0;
    if (update.loss_scale) update.facts.loss_scale = row[3];
    if (update.learning_rate) update.facts.learning_rate = row[4];
    row += kColumns;
    Time(update, start);
    start = update.end;
  }
  timeline_.KeepOnly(start);
  AgreeOnTime();
  std::vector<UpdateFacts> read;
  for (PendingUpdate& update : pending_) {
    train_s_ += update.facts.seconds;
    update.facts.train_s = train_s_;
    read.push_back(update.facts);
  }
  pending_.clear();
  return read;
}

// A row an update.
at::Tensor Readings::Fetch() const {
  std::vector<at::Tensor> losses, others;
  for (const PendingUpdate& update : pending_) {
    losses.push_back(update.loss);
    others.push_back(update.grad_norm);
    others.push_back(update.skipped.value_or(update.loss));
    others.push_back(update.loss_scale.value_or(update.loss));
    others.push_back(update.learning_rate.value_or(update.loss));
  }
  const at::Tensor loss_N1 = at::stack(losses).unsqueeze(1);
  ranks_.Sum(loss_N1);
  const at::Tensor rest_N4 = at::stack(others).view({-1, kColumns - 1});
  return at::cat({loss_N1, rest_N4}, 1).to(at::kCPU, at::kDouble);
}

void Readings::Time(PendingUpdate& update, Timeline::Mark start) const {
  update.facts.seconds = timeline_.Seconds(start, update.end);
  if (update.marks.empty()) return;
  double h2d = 0;
  double forward = 0;
  double backward = 0;
  for (const PhaseMarks& marks : update.marks) {
    h2d += timeline_.Seconds(marks.start, marks.copied);
    forward += timeline_.Seconds(marks.copied, marks.forward);
    backward += timeline_.Seconds(marks.forward, marks.backward);
  }
  PhaseSeconds& phases = update.facts.phases;
  if (!device_.is_cpu()) phases.h2d = h2d;
  phases.forward = forward;
  phases.backward = backward;
  phases.optimizer = timeline_.Seconds(update.marks.back().backward, update.end);
}

// Ranks that disagreed on the time would disagree on when it is up.
void Readings::AgreeOnTime() {
  if (ranks_.size() == 1) return;
  at::Tensor seconds = at::empty({std::ssize(pending_)}, at::kDouble);
  auto* out = seconds.data_ptr<double>();
  for (const PendingUpdate& update : pending_) *out++ = update.facts.seconds;
  at::Tensor agreed = seconds.to(device_);
  ranks_.Broadcast(agreed, 0);
  seconds.copy_(agreed);
  out = seconds.data_ptr<double>();
  for (PendingUpdate& update : pending_) update.facts.seconds = *out++;
}

}  // namespace ablate
