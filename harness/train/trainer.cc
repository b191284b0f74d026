#include "harness/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "harness/train/cuda_library.h"
#include "harness/train/device.h"
#include "harness/train/evaluate.h"
#include "harness/train/warmup.h"
#include "model/error.h"
#include "model/random.h"
#include "model/trace.h"

namespace ablate {
namespace {

// Besides the longest batch.
constexpr int64_t kWarmupBatches = 2;

const EncodedSplit& CheckedTrainSplit(const EncodedCorpus& corpus, const TargetSettings& target) {
  if (corpus.train().size() == 0) throw Error("corpus: no sentence is left to train on");
  if (target.metric == "valid_loss" && corpus.valid().size() == 0) {
    throw Error(
        "target.metric is valid_loss, but no sentence is left to validate on; raise "
        "corpus.valid_fraction");
  }
  return corpus.train();
}

int64_t HorizonUpdates(const Recipe& recipe, const TargetSettings& target,
                       int64_t batches_per_epoch) {
  const auto* cycle = std::get_if<OneCycleSchedule>(&recipe.schedule);
  const double epochs =
      cycle != nullptr && cycle->horizon_epochs > 0 ? cycle->horizon_epochs : target.max_epochs;
  return std::max<int64_t>(1, std::llround(epochs * static_cast<double>(batches_per_epoch)));
}

Transformer MakeModel(const TrainingJob& job, const EncodedCorpus& corpus, at::Device device) {
  Transformer model(job.recipe.model, corpus.source_vocabulary_size(),
                    corpus.target_vocabulary_size(), StreamSeed(job.seed, "init"),
                    job.recipe.sharing.layer_of_depth);
  model->to(device);
  model->train();
  return model;
}

}  // namespace

Trainer::Trainer(const TrainingJob& job, const EncodedCorpus& corpus, at::Device device,
                 Progress& progress)
    : job_(job),
      corpus_(corpus),
      device_(device),
      progress_(progress),
      memory_(device),
      course_(job.target, CheckedTrainSplit(corpus, job.target).size()),
      stream_(corpus.train(),
              RuleFor(job.recipe.batching, corpus.train(), job.recipe.model.max_length), job.seed),
      readings_(device),
      model_(MakeModel(job, corpus, device)),
      updater_(model_, job.recipe,
               HorizonUpdates(job.recipe, job.target, stream_.batches_per_epoch()), corpus.train(),
               corpus.target_vocabulary_size(), device, readings_.timeline()),
      next_evaluation_(course_.evaluate_every_examples()) {
  AllowTf32(job.recipe.precision);
  SeedGenerators(StreamSeed(job.seed, "dropout"));
}

void Trainer::WarmUp() {
  const TraceRange range("warmup");
  {
    const RestorePoint start(updater_.State(), device_);
    SeedGenerators(StreamSeed(job_.seed, "warmup"));
    for (const Batch& batch : stream_.ForWarmup(kWarmupBatches)) updater_.Run(batch);
    start.Restore();
    updater_.Restart();
    readings_.Resume();
  }
  memory_.Reset();
}

void Trainer::Train() {
  const TraceRange range("train");
  const ProfilerCapture capture(job_.profile);
  Resume();
  while (!Finished()) {
    PendingUpdate update = updater_.Run(stream_.Next());
    asked_examples_ += update.facts.examples;
    readings_.Add(std::move(update));
    if (ReadingDue()) Read();
    if (EvaluationDue() && CanGoOn()) {
      Pause();
      Evaluate();
      Resume();
    }
  }
  Read();
  Pause();
}

void Trainer::Resume() {
  progress_.EnterPhase("train");
  memory_.Resume();
  readings_.Resume();
}

void Trainer::Pause() {
  memory_.Pause();
  progress_.EnterPhase("evaluate");
}

bool Trainer::CanGoOn() {
  stopped_ = stopped_ || (job_.should_stop && job_.should_stop());
  return !stopped_ && !course_.crossing() && course_.divergence().empty();
}

bool Trainer::Finished() { return !CanGoOn() || !course_.OverBudget().empty(); }

bool Trainer::ReadingDue() const {
  return readings_.unread() >= job_.target.loss_interval || EvaluationDue() ||
         asked_examples_ >= course_.max_examples();
}

void Trainer::Read() {
  for (const UpdateFacts& facts : readings_.Read()) course_.Add(facts);
  course_.MarkReading();
  Report();
}

void Trainer::Evaluate() {
  while (next_evaluation_ <= asked_examples_) next_evaluation_ += course_.evaluate_every_examples();
  if (corpus_.valid().size() == 0) return;
  const Stopwatch::Scope scope(evaluate_watch_);
  course_.AddValidation(ValidationLoss(model_, corpus_.valid(), job_.recipe, device_));
  evaluated_at_ = course_.now().update;
}

void Trainer::EvaluateLast() {
  const bool fit = !stopped_ && course_.divergence().empty();
  if (fit && evaluated_at_ != course_.now().update) Evaluate();
}

void Trainer::Report() {
  const Milestone& now = course_.now();
  if (now.update == 0) return;
  ProgressReport report{.update = now.update,
                        .examples = now.examples,
                        .train_s = now.train_s,
                        .train_loss = course_.train_loss(),
                        .valid_loss = course_.valid_loss(),
                        .target_tokens_per_s = std::nullopt,
                        .learning_rate = course_.curve().back().learning_rate};
  if (now.train_s > 0) {
    report.target_tokens_per_s = static_cast<double>(now.target_tokens) / now.train_s;
  }
  progress_.Report(report);
}

}  // namespace ablate
