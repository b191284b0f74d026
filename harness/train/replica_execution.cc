#include "harness/train/replica_execution.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/autocast_mode.h>

#include <string>
#include <vector>

#include "harness/train/replica_threads.h"
#include "model/error.h"
#include "model/net/dropout.h"
#include "model/random.h"
#include "model/trace.h"
#include "techniques/optimizer_torch.h"

namespace ablate {
namespace {

// For the length of a scope operations of this thread use no other.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

// Autocast's cache is one for all threads, and a scope's end in one would empty it under another.
class NoAutocastCache {
 public:
  NoAutocastCache() : before_(at::autocast::is_autocast_cache_enabled()) {
    at::autocast::set_autocast_cache_enabled(false);
  }
  ~NoAutocastCache() { at::autocast::set_autocast_cache_enabled(before_); }
  NoAutocastCache(const NoAutocastCache&) = delete;
  NoAutocastCache& operator=(const NoAutocastCache&) = delete;

 private:
  bool before_;
};

// The first is the model itself.
struct Replica {
  Transformer model{nullptr};
  std::vector<at::Tensor> parameters;
  at::Generator generator;
  at::Tensor loss;  // [], of its shares of the update
};

void PrepareThread(int64_t /*thread*/) {
  at::set_num_threads(1);
  at::globalContext().setFlushDenormal(true);  // a thread's own
}

class ReplicaExecution final : public Execution {
 public:
  ReplicaExecution(const Transformer& model, const Recipe& recipe, at::Device device,
                   Timeline& timeline)
      : model_(model),
        parameters_(model_->parameters()),
        recipe_(recipe),
        device_(device),
        timeline_(timeline),
        threads_(recipe.replicas.count, PrepareThread) {
    model_->TakeRowGradients();
    for (int64_t i = 0; i < threads_.count(); ++i) {
      Replica& replica = replicas_.emplace_back();
      replica.model = i == 0 ? model_ : Transformer(model_->Twin());
      replica.parameters = replica.model->parameters();
      replica.generator = at::make_generator<at::CPUGeneratorImpl>();
    }
  }

  std::vector<at::Tensor> parameters() const override { return parameters_; }

  UpdateGradients Run(const UpdateShare& share, BatchFeed& feed,
                      const LossScaling* scaling) override {
    marks_.clear();
    const std::vector<DeviceBatch> batches = Copy(share, feed);
    SeedReplicas();
    model_->ParametersChanged();
    RunReplicas(batches, share, scaling);
    marks_.back().backward = timeline_.Record();
    UpdateGradients gradients{.loss = {}, .marks = marks_};
    for (const Replica& replica : replicas_) {
      if (!replica.loss.defined()) continue;
      gradients.loss = gradients.loss.defined() ? gradients.loss + replica.loss : replica.loss;
    }
    return gradients;
  }

  PartedGradients TakeGradients() override {
    std::vector<std::vector<at::Tensor>> copies;
    for (const Replica& replica : replicas_) copies.push_back(replica.parameters);
    return ablate::TakeGradients(copies);
  }

  at::Tensor Norm(const PartedGradients& gradients) override { return GlobalNorm(gradients); }
  void AgreeOnOverflow(at::Tensor /*found_inf*/) override {}

  at::Tensor EvaluationLoss(const DeviceBatch& batch) override {
    const AutocastScope autocast(recipe_.precision, device_);
    model_->ParametersChanged();
    return ComputeLoss(model_, batch, {}).sum;
  }

  EvaluationShare evaluation_share() const override { return {}; }
  void Gather() override {}

 private:
  static std::vector<DeviceBatch> Copy(const UpdateShare& share, BatchFeed& feed) {
    const TraceRange trace("h2d");
    std::vector<DeviceBatch> batches;
    for (size_t i = 0; i < share.micro_batches.size(); ++i) batches.push_back(feed.ToDevice(i));
    return batches;
  }

  // Masks follow from the default generator's state, so that no other is to be kept.
  void SeedReplicas() {
    const uint64_t seed = StreamSeed(NextDropoutSeed(), "replicas");
    for (size_t i = 0; i < replicas_.size(); ++i) replicas_[i].generator.set_current_seed(seed + i);
  }

  // Some may have made gradients before another one throws.
  void RunReplicas(const std::vector<DeviceBatch>& batches, const UpdateShare& share,
                   const LossScaling* scaling) {
    const OneThread one_thread;
    try {
      threads_.Run([&](int64_t i) { RunReplica(i, batches, share, scaling); });
    } catch (...) {
      for (Replica& replica : replicas_) replica.model->zero_grad(/*set_to_none=*/true);
      throw;
    }
  }

  void RunReplica(size_t number, const std::vector<DeviceBatch>& batches, const UpdateShare& share,
                  const LossScaling* scaling) {
    Replica& replica = replicas_[number];
    const DropoutGeneratorScope generator(replica.generator);
    const NoAutocastCache no_cache;
    replica.loss = at::Tensor();
    for (size_t i = number; i < batches.size(); i += replicas_.size()) {
      PhaseMarks marks;
      if (number == 0) marks.start = marks.copied = timeline_.Record();
      const at::Tensor loss = Forward(replica.model, batches[i], share);
      if (number == 0) marks.forward = timeline_.Record();
      Backward(scaling != nullptr ? scaling->Scale(loss) : loss);
      replica.loss = replica.loss.defined() ? replica.loss + loss.detach() : loss.detach();
      if (number == 0) {
        marks.backward = timeline_.Record();
        marks_.push_back(marks);
      }
    }
  }

  static void Backward(const at::Tensor& loss) {
    const TraceRange trace("backward");
    loss.backward();
  }

  at::Tensor Forward(Transformer& model, const DeviceBatch& batch, const UpdateShare& share) {
    const TraceRange trace("forward");
    const AutocastScope autocast(recipe_.precision, device_);
    return ComputeLoss(model, batch,
                       {.label_smoothing = recipe_.label_smoothing, .scale = share.loss_scale()})
        .sum;
  }

  Transformer model_;
  std::vector<at::Tensor> parameters_;
  const Recipe recipe_;
  at::Device device_;
  Timeline& timeline_;
  ReplicaThreads threads_;
  std::vector<Replica> replicas_;
  std::vector<PhaseMarks> marks_;  // the first replica's, which stand for all
};

}  // namespace

std::unique_ptr<Execution> MakeReplicaExecution(const Transformer& model, const Recipe& recipe,
                                                at::Device device, Timeline& timeline) {
  if (!device.is_cpu()) {
    throw Error("replicas are threads of a CPU; on another device take \"replicas\": \"none\"");
  }
  if (recipe.replicas.count > at::get_num_threads()) {
    throw Error("replicas: " + std::to_string(recipe.replicas.count) +
                " of a thread each, but the run has " + std::to_string(at::get_num_threads()) +
                "; take a smaller count, or give it more threads");
  }
  return std::make_unique<ReplicaExecution>(model, recipe, device, timeline);
}

}  // namespace ablate
