#include <algorithm>
#include <array>

#include "techniques/accumulation.h"
#include "techniques/batch_warmup.h"
#include "techniques/batching.h"
#include "techniques/checkpointing.h"
#include "techniques/ema.h"
#include "techniques/graph.h"
#include "techniques/kernels.h"
#include "techniques/loading.h"
#include "techniques/optimizer.h"
#include "techniques/padding.h"
#include "techniques/parallelism.h"
#include "techniques/precision.h"
#include "techniques/replicas.h"
#include "techniques/schedule.h"
#include "techniques/sharing.h"
#include "techniques/technique.h"

namespace ablate {

std::span<const Technique* const> AllTechniques() {
  static const auto table = std::to_array<const Technique*>({
      &PaddingTechnique(),
      &PrecisionTechnique(),
      &SharingTechnique(),
      &ScheduleTechnique(),
      &OptimizerTechnique(),
      &BatchingTechnique(),
      &BatchWarmupTechnique(),
      &ParallelismTechnique(),
      &AccumulationTechnique(),
      &CheckpointingTechnique(),
      &LoadingTechnique(),
      &EmaTechnique(),
      &KernelsTechnique(),
      &ReplicasTechnique(),
      &GraphTechnique(),
  });
  return table;
}

const Technique* FindTechnique(std::string_view name) {
  const auto all = AllTechniques();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Technique* t) { return t->name() == name; });
  return found == all.end() ? nullptr : *found;
}

const Level* FindLevel(const Technique& technique, std::string_view level) {
  const auto levels = technique.levels();
  const auto found =
      std::find_if(levels.begin(), levels.end(), [&](const Level& l) { return l.name == level; });
  return found == levels.end() ? nullptr : &*found;
}

}  // namespace ablate
