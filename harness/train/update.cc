#include "harness/train/update.h"

#include "harness/train/stopwatch.h"
#include "model/net/flops.h"
#include "model/trace.h"
#include "techniques/schedule.h"

namespace ablate {
namespace {

UpdateFacts FactsOf(const CollatedBatch& batch, const TransformerConfig& config,
                    int64_t target_vocabulary) {
  UpdateFacts facts;
  facts.examples = batch.rows;
  facts.source_tokens = batch.source_tokens;
  facts.target_tokens = batch.target_tokens;
  facts.padded_source_tokens = batch.rows * batch.source_length;
  facts.padded_target_tokens = batch.rows * batch.target_length;
  facts.model_flops = TrainingFlops(config, target_vocabulary,
                                    {.sentences = static_cast<double>(batch.rows),
                                     .source_tokens = static_cast<double>(batch.source_tokens),
                                     .target_tokens = static_cast<double>(batch.target_tokens)});
  return facts;
}

}  // namespace

Updater::Updater(Transformer model, const Recipe& recipe, int64_t horizon,
                 const EncodedSplit& split, int64_t target_vocabulary, at::Device device,
                 Timeline& timeline)
    : model_(std::move(model)),
      recipe_(recipe),
      horizon_(horizon),
      target_vocabulary_(target_vocabulary),
      device_(device),
      timeline_(timeline),
      loader_(split, device),
      optimizer_(model_->parameters(), recipe.optimizer),
      scaling_(LossScaling::For(recipe.precision, device)) {}

PendingUpdate Updater::Run(const Batch& batch) {
  const TraceRange range("update");
  PendingUpdate update;
  {
    const TraceRange load("load");
    const double start = HostSeconds();
    const CollatedBatch& collated = loader_.Load(batch);
    update.facts = FactsOf(collated, model_->config(), target_vocabulary_);
    update.facts.phases.load = HostSeconds() - start;
  }
  update.marks.loaded = timeline_.Record();
  const DeviceBatch on_device = [&] {
    const TraceRange h2d("h2d");
    return loader_.ToDevice();
  }();
  update.marks.copied = timeline_.Record();
  at::Tensor loss;
  {
    const TraceRange forward("forward");
    loss = Forward(on_device, update.facts.target_tokens);
    update.loss = loss.detach();
  }
  update.marks.forward = timeline_.Record();
  {
    const TraceRange backward("backward");
    (scaling_ ? scaling_->Scale(loss) : loss).backward();
  }
  update.marks.backward = timeline_.Record();
  {
    const TraceRange optimizer("optimizer");
    AdvanceSchedule();
    Step(update);
  }
  update.marks.end = timeline_.Record();
  return update;
}

at::Tensor Updater::Forward(const DeviceBatch& batch, int64_t target_tokens) {
  const AutocastScope autocast(recipe_.precision, device_);
  return ComputeLoss(model_, batch, recipe_.label_smoothing).sum / target_tokens;
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
  const std::vector<at::Tensor> gradients = optimizer_.Gradients();
  std::optional<at::Tensor> found_inf;
  if (scaling_) {
    update.loss_scale = scaling_->scale().squeeze().clone();
    found_inf = scaling_->Unscale(gradients);
    update.skipped = found_inf->squeeze().clone();
  }
  update.grad_norm = optimizer_.ClipGradients(gradients);
  optimizer_.Step(gradients, values, found_inf);
  optimizer_.ZeroGradients();
  if (scaling_) scaling_->Update();
}

std::vector<at::Tensor> Updater::State() const {
  std::vector<at::Tensor> state = optimizer_.parameters();
  const std::vector<at::Tensor> moments = optimizer_.State();
  state.insert(state.end(), moments.begin(), moments.end());
  if (scaling_) {
    for (const at::Tensor& tensor : scaling_->State()) state.push_back(tensor);
  }
  return state;
}

void Updater::Restart() {
  updates_ = 0;
  schedule_step_ = 0;
  optimizer_.ZeroGradients();
}

}  // namespace ablate
