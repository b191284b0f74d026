#include "harness/bench/families.h"
#include "harness/bench/fused.h"
#include "model/net/fused/adam_step.h"
#include "model/net/transformer.h"
#include "techniques/optimizer_torch.h"

namespace ablate {
namespace {

constexpr double kRate = 1e-4, kLimit = 1;

// A model's parameters with their gradients; in bf16 the parameters are wanted in that type, too,
// for the products of the next update.
struct Training {
  Training(const FusedSize& size, bool with_copies) {
    Recipe recipe = BenchRecipe();
    recipe.model.d_model = size.d_model;
    recipe.model.heads = size.heads;
    recipe.model.d_ff = size.d_ff;
    Transformer model(recipe.model, size.vocabulary, size.vocabulary, /*init_seed=*/1);
    parameters = model->parameters();
    for (const at::Tensor& parameter : parameters) {
      gradients.push_back(at::randn_like(parameter.detach()));
      if (with_copies) copies.push_back(parameter.detach().to(at::kBFloat16));
      count += static_cast<double>(parameter.numel());
    }
  }

  std::vector<at::Tensor> parameters, gradients, copies;
  double count = 0;
};

// The norm reads gradients, the step reads them again, reads and writes parameters and moments.
Cost StepCost(const Training& training) {
  const double copies = training.copies.empty() ? 0 : 2;
  return {16 * training.count, (2 + 6) * 4 * training.count + copies * training.count};
}

void Plain(benchmark::State& state, const FusedSize& size, bool with_copies) {
  Training training(size, with_copies);
  const auto optimizer =
      MakeOptimizer(training.parameters, {.rule = Adam{}, .learning_rate = kRate});
  const at::NoGradGuard no_gradients;
  for ([[maybe_unused]] auto _ : state) {
    ClipToNorm(training.gradients, GlobalNorm(training.gradients), kLimit);
    optimizer->Step(training.gradients, {.learning_rate = kRate, .momentum = std::nullopt},
                    std::nullopt);
    for (size_t i = 0; i < training.copies.size(); ++i) {
      training.copies[i].copy_(training.parameters[i]);
    }
  }
  CountRates(0, StepCost(training), state);
}

void Fused(benchmark::State& state, const FusedSize& size, bool with_copies) {
  const Training training(size, with_copies);
  std::vector<at::Tensor> first, second;
  std::vector<fused::GradientParts> gradients;
  for (const at::Tensor& gradient : training.gradients) {
    first.push_back(at::zeros_like(gradient));
    second.push_back(at::zeros_like(gradient));
    gradients.push_back({gradient});
  }
  const at::NoGradGuard no_gradients;
  int64_t update = 0;
  for ([[maybe_unused]] auto _ : state) {
    const double scale = fused::ClipCoefficient(fused::SquaredNorm(gradients), kLimit);
    fused::AdamStep(training.parameters, gradients, first, second, ++update,
                    {.learning_rate = kRate}, scale, training.copies);
  }
  CountRates(0, StepCost(training), state);
}

}  // namespace

void RegisterFusedAdam() {
  for (const FusedSize& size : FusedSizes()) {
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const bool with_copies = type == at::kBFloat16;
      for (const auto& [variant, run] :
           {std::pair("reference", &Plain), std::pair("fused", &Fused)}) {
        benchmark::RegisterBenchmark(FusedName("Optimizer/clip_adam", variant, size, type).c_str(),
                                     run, size, with_copies)
            ->Unit(benchmark::kMicrosecond)
            ->UseRealTime();
      }
    }
  }
}

}  // namespace ablate
