#include "harness/train/graph_update.h"

#include <algorithm>
#include <utility>

#include "harness/train/stopwatch.h"
#include "model/error.h"
#include "model/net/dropout.h"
#include "model/trace.h"
#include "techniques/schedule.h"

namespace ablate {
namespace {

// In facts_.
enum Fact : int64_t { kLoss, kNorm, kSkipped, kLossScale, kRate, kFacts };

// Of each update that no other one before it was skipped of; beyond them the last one holds.
at::Tensor RatesOf(const Recipe& recipe, int64_t horizon, int64_t most_updates) {
  at::Tensor rates = at::empty({std::max(horizon, most_updates)}, at::kDouble);
  auto* out = rates.mutable_data_ptr<double>();
  for (int64_t step = 0; step < rates.numel(); ++step) {
    const ScheduleValues values = At(recipe.schedule, recipe.optimizer, step, horizon);
    if (values.momentum) throw Error("a captured update has one momentum; do not cycle it");
    out[step] = values.learning_rate;
  }
  return rates;
}

const ResidentFeed& Resident(const BatchFeed& feed) {
  const auto* resident = dynamic_cast<const ResidentFeed*>(&feed);
  if (resident == nullptr) throw Error("a captured update needs \"loading\": \"resident\"");
  return *resident;
}

at::Tensor Scalar(at::ScalarType type, at::Device device) {
  return at::zeros({1}, at::TensorOptions().dtype(type).device(device));
}

}  // namespace

GraphUpdater::GraphUpdater(const UpdaterParts& parts, const MakeRepeatedWork& make_work)
    : Updater(parts.execution, parts.feed, parts.recipe, parts.horizon, parts.target_vocabulary,
              parts.device, parts.timeline),
      model_(parts.model),
      shape_(ShapeFor(parts.split, parts.rule)),
      device_(parts.device),
      batches_(Resident(parts.feed).source(), Resident(parts.feed).target(), shape_, device_),
      rates_(RatesOf(parts.recipe, parts.horizon, parts.most_updates).to(device_)),
      device_step_(Scalar(at::kLong, device_)),
      dropout_counter_(Scalar(at::kLong, device_)),
      facts_(at::zeros({kFacts}, rates_.options())),
      work_(make_work([this] { Compute(); })) {
  if (!optimizer_->TakesRateFromDevice()) {
    throw Error("a captured update needs an optimizer that reads its learning rate on the device");
  }
}

PendingUpdate GraphUpdater::RunShare(const std::function<const UpdateShare&()>& load) {
  const TraceRange range("update");
  const double start = HostSeconds();
  const UpdateShare& share = load();
  PendingUpdate update;
  update.facts = FactsOf(share, recipe_.model, target_vocabulary_);
  update.facts.update = ++updates_;
  update.facts.padded_source_tokens = shape_.computed_source_tokens();
  update.facts.padded_target_tokens = shape_.computed_target_tokens();
  batches_.Send(share.micro_batches.at(0));
  update.facts.phases.load = HostSeconds() - start;
  work_->Run();
  // A replayed step is not counted by the parameters' versions, which say whether casts are stale.
  for (const at::Tensor& parameter : optimizer_->parameters()) {
    parameter.unsafeGetTensorImpl()->bump_version();
  }
  const std::vector<at::Tensor> facts = facts_.clone().unbind();
  update.loss = facts[kLoss];
  update.grad_norm = facts[kNorm];
  update.learning_rate = facts[kRate];
  if (scaling_) {
    update.skipped = facts[kSkipped];
    update.loss_scale = facts[kLossScale];
  }
  update.end = timeline_.Record();
  return update;
}

void GraphUpdater::Compute() {
  const DropoutCounterScope counter(dropout_counter_);
  Step(ForwardAndBackward());
  dropout_counter_.add_(1);
}

at::Tensor GraphUpdater::ForwardAndBackward() {
  model_->ParametersChanged();
  const DeviceBatch batch = batches_.Gather();
  at::Tensor loss;
  {
    const AutocastScope autocast(recipe_.precision, device_);
    const TokenLoss sums = ComputeLoss(model_, batch, {.label_smoothing = recipe_.label_smoothing});
    loss = sums.sum / sums.count;
  }
  (scaling_ ? scaling_->Scale(loss) : loss).backward();
  return loss.detach();
}

void GraphUpdater::Step(const at::Tensor& loss) {
  const at::NoGradGuard no_gradients;
  const std::vector<at::Tensor> gradients =
      AllParts(optimizer_->Prepare(execution_.TakeGradients()));
  const at::Tensor rate = rates_.index_select(0, device_step_.clamp_max(rates_.size(0) - 1));
  std::vector<at::Tensor> facts(kFacts, at::zeros({1}, rate.options()));
  std::optional<at::Tensor> found_inf;
  if (scaling_) {
    facts[kLossScale] = scaling_->scale().clone();
    found_inf = scaling_->UnscaleOnDevice(gradients);
    facts[kSkipped] = *found_inf;
  }
  const at::Tensor norm = GlobalNorm(gradients);
  if (recipe_.optimizer.gradient_clip > 0) {
    ClipToNorm(gradients, norm, recipe_.optimizer.gradient_clip);
  }
  optimizer_->StepAtRate(gradients, rate.to(at::kFloat).squeeze(), found_inf);
  if (average_) average_->UpdateOnDevice();
  facts[kLoss] = loss.view(1);
  facts[kNorm] = norm.view(1);
  facts[kRate] = rate;
  for (at::Tensor& fact : facts) fact = fact.to(at::kDouble);
  facts_.copy_(at::cat(facts));
  device_step_.add_(1 - facts[kSkipped].to(at::kLong));
  if (scaling_) scaling_->Update();
}

std::unique_ptr<Updater> MakeUpdater(const UpdaterParts& parts) {
  if (!parts.recipe.graph) {
    return std::make_unique<Updater>(parts.execution, parts.feed, parts.recipe, parts.horizon,
                                     parts.target_vocabulary, parts.device, parts.timeline);
  }
  if (parts.device.is_cpu()) {
    throw Error("graphs are CUDA's; on a CPU take \"graph\": \"off\"");
  }
  return std::make_unique<GraphUpdater>(parts, [&](std::function<void()> work) {
    return MakeCapturedWork(std::move(work), parts.device);
  });
}

std::vector<at::Tensor> GraphUpdater::State() const {
  std::vector<at::Tensor> state = Updater::State();
  state.insert(state.end(), {device_step_, dropout_counter_});
  return state;
}

}  // namespace ablate
