#include "harness/bench/families.h"
#include "harness/bench/fused.h"
#include "model/data/vocabulary_spec.h"
#include "model/net/fused/projection_loss.h"
#include "model/net/loss.h"

namespace ablate {
namespace {

constexpr double kSmoothing = 0.1;

FusedWork ProjectAndScore(bool fused, const FusedSize& size, at::ScalarType type) {
  const int64_t tokens = Sum(BenchLengths(SyntheticSplit(64).split().target, 1));
  const bool panels = fused && type == at::kBFloat16 && fused::HasBlockProducts();
  const at::Tensor hidden = BenchInput({tokens, size.d_model}, type);
  const at::Tensor weight = (at::randn({size.vocabulary, size.d_model}) * 0.05)
                                .to(panels ? at::kFloat : type)
                                .requires_grad_();
  const at::Tensor bias = BenchInput({size.vocabulary}, at::kFloat);
  const at::Tensor targets = at::randint(kSpecials, size.vocabulary, {tokens}, at::kLong);
  const double scale = 1 / static_cast<double>(tokens);
  const double product = 2 * static_cast<double>(tokens * size.d_model * size.vocabulary);
  const auto operands = static_cast<double>(hidden.numel() + weight.numel()) *
                        static_cast<double>(c10::elementSize(type));
  FusedWork work;
  work.inputs = {hidden, weight, bias};
  work.tokens = static_cast<double>(tokens);
  work.forward_cost = {product, operands};
  work.backward_cost = {2 * product, operands};
  // Once an update, as a cast is.
  const fused::WeightPanels made = panels ? fused::MakePanels(weight) : fused::WeightPanels{};
  work.forward = [=]() -> std::vector<at::Tensor> {
    if (fused) {
      return {fused::ProjectionLoss(hidden, weight, bias, targets, kPad, kSmoothing, scale,
                                    panels ? &made : nullptr)};
    }
    return {CrossEntropy(at::linear(hidden, weight, bias.to(type)), targets,
                         {.label_smoothing = kSmoothing, .scale = scale})
                .sum};
  };
  return work;
}

}  // namespace

void RegisterFusedLoss() {
  const auto make = [](bool fused) -> MakeFusedWork {
    return [=](const FusedSize& size, at::ScalarType type) {
      return ProjectAndScore(fused, size, type);
    };
  };
  // The fused one makes its gradients in the forward pass, so that this one alone says nothing.
  RegisterFusedOperation({.name = "Loss/projection",
                          .variants = {{"reference", make(false)}, {"fused", make(true)}},
                          .forward_alone = false});
}

}  // namespace ablate
