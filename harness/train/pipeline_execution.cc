#include "harness/train/pipeline_execution.h"

#include "model/trace.h"
#include "techniques/pipeline_torch.h"

namespace ablate {
namespace {

class PipelineExecution final : public Execution {
 public:
  PipelineExecution(const Transformer& model, const Recipe& recipe, at::Device device, Ranks& ranks,
                    Timeline& timeline)
      : pipeline_(model, recipe, device, ranks), ranks_(ranks), timeline_(timeline) {}

  std::vector<at::Tensor> parameters() const override { return pipeline_.parameters(); }

  // Forwards and backwards of different micro-batches overlap between stages: what is marked as
  // backward is all of both.
  UpdateGradients Run(const UpdateShare& share, BatchFeed& feed,
                      const LossScaling* scaling) override {
    PhaseMarks marks;
    marks.start = timeline_.Record();
    const std::vector<DeviceBatch> batches = Copy(share, feed);
    marks.copied = marks.forward = timeline_.Record();
    const TraceRange trace("backward");
    const double weight = 1.0 / static_cast<double>(share.target_tokens);
    const at::Tensor sum = pipeline_.ForwardBackward(batches, [&](const at::Tensor& part) {
      return scaling != nullptr ? scaling->Scale(part * weight) : part * weight;
    });
    marks.backward = timeline_.Record();
    return {.loss = sum * weight, .marks = {marks}};
  }

  PartedGradients TakeGradients() override {
    return ablate::TakeGradients({pipeline_.parameters()});
  }
  at::Tensor Norm(const PartedGradients& gradients) override {
    return pipeline_.GlobalNorm(AllParts(gradients));
  }
  void AgreeOnOverflow(at::Tensor found_inf) override { ranks_.Max(found_inf); }
  at::Tensor EvaluationLoss(const DeviceBatch& batch) override { return pipeline_.Loss(batch); }
  EvaluationShare evaluation_share() const override { return {}; }
  void Gather() override { pipeline_.Gather(); }

 private:
  static std::vector<DeviceBatch> Copy(const UpdateShare& share, BatchFeed& feed) {
    const TraceRange trace("h2d");
    std::vector<DeviceBatch> batches;
    for (size_t i = 0; i < share.micro_batches.size(); ++i) batches.push_back(feed.ToDevice(i));
    return batches;
  }

  Pipeline pipeline_;
  Ranks& ranks_;
  Timeline& timeline_;
};

}  // namespace

std::unique_ptr<Execution> MakePipelineExecution(const Transformer& model, const Recipe& recipe,
                                                 at::Device device, Ranks& ranks,
                                                 Timeline& timeline) {
  return std::make_unique<PipelineExecution>(model, recipe, device, ranks, timeline);
}

}  // namespace ablate
