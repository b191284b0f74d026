#include "harness/train/update.h"

#include "harness/train/stopwatch.h"
#include "model/net/flops.h"
#include "model/trace.h"
#include "techniques/schedule.h"

namespace ablate {

UpdateFacts FactsOf(const UpdateShare& share, const TransformerConfig& config,
                    int64_t target_vocabulary) {
  UpdateFacts facts;
  facts.examples = share.examples;
  facts.source_tokens = share.source_tokens;
  facts.target_tokens = share.target_tokens;
  facts.padded_source_tokens = share.padded_source_tokens;
  facts.padded_target_tokens = share.padded_target_tokens;
  facts.model_flops = TrainingFlops(config, target_vocabulary,
                                    {.sentences = static_cast<double>(share.examples),
                                     .source_tokens = static_cast<double>(share.source_tokens),
                                     .target_tokens = static_cast<double>(share.target_tokens)});
  return facts;
}

Updater::Updater(Execution& execution, BatchFeed& feed, const Recipe& recipe, int64_t horizon,
                 int64_t target_vocabulary, at::Device device, Timeline& timeline)
    : execution_(execution),
      feed_(feed),
      recipe_(recipe),
      horizon_(horizon),
      target_vocabulary_(target_vocabulary),
      timeline_(timeline),
      optimizer_(MakeOptimizer(execution.parameters(), recipe.optimizer, recipe.kernels)),
      scaling_(LossScaling::For(recipe.precision, device)),
      average_(ParameterAverage::For(execution.parameters(), recipe.averaging)) {}

PendingUpdate Updater::Run() {
  return RunOn([this]() -> const UpdateShare& { return feed_.Next(); });
}

PendingUpdate Updater::Run(const Batch& batch) {
  return RunOn([&]() -> const UpdateShare& { return feed_.Make(batch); });
}

template <typename LoadShare>
PendingUpdate Updater::RunOn(LoadShare load) {
  const TraceRange range("update");
  PendingUpdate update;
  const double start = HostSeconds();
  const UpdateShare& share = [&]() -> const UpdateShare& {
    const TraceRange trace("load");
    return load();
  }();
  update.facts = FactsOf(share, recipe_.model, target_vocabulary_);
  update.facts.phases.load = HostSeconds() - start;
  UpdateGradients gradients = execution_.Run(share, feed_, scaling_.get());
  update.loss = std::move(gradients.loss);
  update.marks = std::move(gradients.marks);
  {
    const TraceRange trace("optimizer");
    AdvanceSchedule();
    Step(update);
  }
  update.end = timeline_.Record();
  return update;
}

// Before the step of each update but the first: a skipped update leaves the schedule where it was.
void Updater::AdvanceSchedule() {
  const bool first = updates_++ == 0;
  if (!first && !(scaling_ && scaling_->LastSkipped())) ++schedule_step_;
}

void Updater::Step(PendingUpdate& update) {
  const ScheduleValues values = At(recipe_.schedule, recipe_.optimizer, schedule_step_, horizon_);
  update.facts.update = updates_;
  update.facts.learning_rate = values.learning_rate;
  const PartedGradients gradients = optimizer_->Prepare(execution_.TakeGradients());
  std::optional<at::Tensor> found_inf;
  if (scaling_) {
    update.loss_scale = scaling_->scale().squeeze().clone();
    found_inf = scaling_->Unscale(AllParts(gradients), [this](const at::Tensor& found) {
      execution_.AgreeOnOverflow(found);
    });
    update.skipped = found_inf->squeeze().clone();
  }
  update.grad_norm = execution_.Norm(gradients);
  optimizer_->ClipAndStep(gradients, {update.grad_norm, recipe_.optimizer.gradient_clip}, values,
                          found_inf);
  if (scaling_) scaling_->Update();
  if (average_) average_->Update();
}

std::vector<at::Tensor> Updater::State() const {
  std::vector<at::Tensor> state = optimizer_->parameters();
  const auto add = [&](const std::vector<at::Tensor>& tensors) {
    state.insert(state.end(), tensors.begin(), tensors.end());
  };
  add(optimizer_->State());
  if (scaling_) add(scaling_->State());
  if (average_) add(average_->State());
  return state;
}

void Updater::Restart() {
  updates_ = 0;
  schedule_step_ = 0;
}

}  // namespace ablate
