#include "harness/train/execution.h"

#include "harness/train/local_execution.h"
#include "harness/train/pipeline_execution.h"
#include "harness/train/replica_execution.h"

namespace ablate {

Division DivisionFor(const Recipe& recipe, const Ranks& ranks) {
  if (recipe.parallelism.kind == Parallelism::Kind::kModel) {
    return {.micro_batches = recipe.micro_batches * recipe.parallelism.micro_batches};
  }
  return {.rank = ranks.rank(),
          .ranks = ranks.size(),
          .micro_batches = recipe.micro_batches,
          .replicas = recipe.replicas.count};
}

std::unique_ptr<Execution> MakeExecution(const Transformer& model, const Recipe& recipe,
                                         at::Device device, Ranks& ranks, Timeline& timeline) {
  if (recipe.parallelism.kind == Parallelism::Kind::kModel) {
    return MakePipelineExecution(model, recipe, device, ranks, timeline);
  }
  if (recipe.replicas.count > 1) return MakeReplicaExecution(model, recipe, device, timeline);
  return MakeLocalExecution(model, recipe, device, ranks, timeline);
}

}  // namespace ablate
