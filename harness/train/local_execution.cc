#include "harness/train/local_execution.h"

#include <optional>

#include "model/trace.h"
#include "techniques/data_parallel_torch.h"
#include "techniques/optimizer_torch.h"

namespace ablate {
namespace {

class LocalExecution final : public Execution {
 public:
  LocalExecution(const Transformer& model, const Recipe& recipe, at::Device device, Ranks& ranks,
                 Timeline& timeline)
      : model_(model),
        precision_(recipe.precision),
        label_smoothing_(recipe.label_smoothing),
        device_(device),
        ranks_(ranks),
        timeline_(timeline) {
    if (ranks.size() > 1) {
      data_parallel_.emplace(model_->parameters(), ranks, recipe.parallelism.bucket_mb);
    } else {
      model_->TakeRowGradients();  // c10d::Reducer has no buckets for them
    }
  }

  std::vector<at::Tensor> parameters() const override { return model_->parameters(); }

  UpdateGradients Run(const UpdateShare& share, BatchFeed& feed,
                      const LossScaling* scaling) override {
    UpdateGradients gradients;
    model_->ParametersChanged();
    const size_t last = share.micro_batches.size() - 1;
    for (size_t i = 0; i <= last; ++i) {
      PhaseMarks& marks = gradients.marks.emplace_back();
      marks.start = timeline_.Record();
      const DeviceBatch batch = Copy(feed, i);
      marks.copied = timeline_.Record();
      const at::Tensor loss = Forward(batch, share);
      gradients.loss = i == 0 ? loss.detach() : gradients.loss + loss.detach();
      marks.forward = timeline_.Record();
      Backward(scaling != nullptr ? scaling->Scale(loss) : loss, /*last=*/i == last);
      marks.backward = timeline_.Record();
    }
    return gradients;
  }

  PartedGradients TakeGradients() override { return ablate::TakeGradients({model_->parameters()}); }
  at::Tensor Norm(const PartedGradients& gradients) override { return GlobalNorm(gradients); }

  // Gradients that were summed over ranks overflow on all of them.
  void AgreeOnOverflow(at::Tensor /*found_inf*/) override {}

  at::Tensor EvaluationLoss(const DeviceBatch& batch) override {
    const AutocastScope autocast(precision_, device_);
    model_->ParametersChanged();
    return ComputeLoss(model_, batch, {}).sum;
  }

  EvaluationShare evaluation_share() const override {
    return {static_cast<size_t>(ranks_.rank()), static_cast<size_t>(ranks_.size())};
  }

  void Gather() override {}

 private:
  static DeviceBatch Copy(BatchFeed& feed, size_t micro_batch) {
    const TraceRange trace("h2d");
    return feed.ToDevice(micro_batch);
  }

  // The micro-batch's part of the update's mean loss.
  at::Tensor Forward(const DeviceBatch& batch, const UpdateShare& share) {
    const TraceRange trace("forward");
    const AutocastScope autocast(precision_, device_);
    return ComputeLoss(model_, batch,
                       {.label_smoothing = label_smoothing_, .scale = share.loss_scale()})
        .sum;
  }

  void Backward(const at::Tensor& loss, bool last) {
    const TraceRange trace("backward");
    if (!data_parallel_) {
      loss.backward();
      return;
    }
    if (last) data_parallel_->PrepareForBackward();
    (loss * data_parallel_->loss_scale()).backward();
  }

  Transformer model_;
  Precision precision_;
  double label_smoothing_;
  at::Device device_;
  Ranks& ranks_;
  Timeline& timeline_;
  std::optional<DataParallel> data_parallel_;
};

}  // namespace

std::unique_ptr<Execution> MakeLocalExecution(const Transformer& model, const Recipe& recipe,
                                              at::Device device, Ranks& ranks, Timeline& timeline) {
  return std::make_unique<LocalExecution>(model, recipe, device, ranks, timeline);
}

}  // namespace ablate
