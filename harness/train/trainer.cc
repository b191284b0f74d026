#include "harness/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "harness/train/cuda_library.h"
#include "harness/train/device.h"
#include "harness/train/evaluate.h"
#include "harness/train/graph_update.h"
#include "harness/train/product_rows.h"
#include "harness/train/warmup.h"
#include "model/error.h"
#include "model/net/attention_kernel.h"
#include "model/random.h"
#include "model/trace.h"
#include "techniques/checkpointing_torch.h"
#include "techniques/kernels_torch.h"
#include "techniques/schedule.h"

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
                       const BatchStream& stream) {
  const double declared = HorizonEpochs(recipe.schedule);
  return std::max<int64_t>(1, stream.UpdatesIn(declared > 0 ? declared : target.max_epochs));
}

// Epochs of batches that are cut by tokens differ by a few; 0 where nobody asks.
int64_t MostUpdates(const TrainingJob& job, const BatchStream& stream) {
  if (!job.recipe.graph) return 0;
  const int64_t updates = stream.UpdatesIn(job.target.max_epochs);
  return updates + updates / 10 + 100;
}

Transformer MakeModel(const TrainingJob& job, const EncodedCorpus& corpus, at::Device device) {
  Transformer model(job.recipe.model, corpus.source_vocabulary_size(),
                    corpus.target_vocabulary_size(), StreamSeed(job.seed, "init"),
                    job.recipe.sharing.layer_of_depth);
  model->to(device);
  model->train();
  model->ComputeWith(MakeKernels(job.recipe.kernels, device));
  model->RunLayersBy(MakeLayerRunner(job.recipe.checkpointing));
  return model;
}

// Ranks draw masks of their own.
uint64_t RankSeed(uint64_t seed, const char* stream, const Ranks& ranks) {
  return StreamSeed(seed, stream) + static_cast<uint64_t>(ranks.rank());
}

}  // namespace

Trainer::Trainer(const TrainingJob& job, const EncodedCorpus& corpus, at::Device device,
                 Ranks& ranks, Progress& progress)
    : job_(job),
      corpus_(corpus),
      device_(device),
      ranks_(ranks),
      progress_(progress),
      memory_(device),
      course_(job.target, CheckedTrainSplit(corpus, job.target).size()),
      stream_(corpus.train(),
              TrainingRule(job.recipe, corpus.train(), ProductRows(job.recipe, device)), job.seed),
      readings_(device, ranks),
      model_(MakeModel(job, corpus, device)),
      parameter_counts_(model_->CountParameters()),
      execution_(MakeExecution(model_, job.recipe, device, ranks, readings_.timeline())),
      feed_(MakeBatchFeed(job.recipe.loading, DivisionFor(job.recipe, ranks), corpus.train(),
                          stream_, device)),
      updater_(MakeUpdater({.model = model_,
                            .execution = *execution_,
                            .feed = *feed_,
                            .split = corpus.train(),
                            .rule = stream_.rule(),
                            .recipe = job.recipe,
                            .horizon = HorizonUpdates(job.recipe, job.target, stream_),
                            .most_updates = MostUpdates(job, stream_),
                            .target_vocabulary = corpus.target_vocabulary_size(),
                            .device = device,
                            .timeline = readings_.timeline()})),
      next_evaluation_(course_.evaluate_every_examples()) {
  AllowTf32(job.recipe.precision);
  SeedGenerators(RankSeed(job.seed, "dropout", ranks));
}

void Trainer::WarmUp() {
  const TraceRange range("warmup");
  {
    const RestorePoint start(updater_->State(), device_);
    SeedGenerators(RankSeed(job_.seed, "warmup", ranks_));
    const AttentionRecord attention;
    for (const Batch& batch : stream_.ForWarmup(kWarmupBatches)) updater_->Run(batch);
    attention_kernel_ = attention.names();
    start.Restore();
    updater_->Restart();
    readings_.Resume();
  }
  memory_.Reset();
}

void Trainer::Train() {
  const TraceRange range("train");
  const ProfilerCapture capture(job_.profile);
  Resume();
  while (!Finished()) {
    PendingUpdate update = updater_->Run();
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

// Ranks stop together: they agree on it where they read, and ask in between only where there is
// one.
bool Trainer::AskedToStop() { return ranks_.size() == 1 && job_.should_stop && job_.should_stop(); }

bool Trainer::CanGoOn() {
  stopped_ = stopped_ || AskedToStop();
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
  AgreeOnStop();
  Report();
}

void Trainer::AgreeOnStop() {
  if (ranks_.size() == 1) return;
  const bool mine = job_.should_stop && job_.should_stop();
  const at::Tensor any = at::full({1}, mine ? 1.0 : 0.0, at::TensorOptions().device(device_));
  ranks_.Max(any);
  stopped_ = stopped_ || any.item<double>() != 0;
}

void Trainer::Evaluate() {
  while (next_evaluation_ <= asked_examples_) next_evaluation_ += course_.evaluate_every_examples();
  if (corpus_.valid().size() == 0) return;
  const Stopwatch::Scope scope(evaluate_watch_);
  const auto averages = AveragesInPlace(updater_->average());
  course_.AddValidation(
      ValidationLoss(model_, *execution_, ranks_, corpus_.valid(), job_.recipe, device_));
  evaluated_at_ = course_.now().update;
}

void Trainer::EvaluateLast() {
  const bool fit = !stopped_ && course_.divergence().empty();
  if (fit && evaluated_at_ != course_.now().update) Evaluate();
}

void Trainer::Finish() {
  TakeAverages(updater_->average());
  execution_->Gather();
  model_->ParametersChanged();
  Synchronise(device_);  // ranks part once it has arrived
  ranks_.Barrier();
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
