#include "techniques/parallelism.h"

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

constexpr double kMostProcesses = 4096;

Option Processes(const char* help) {
  return {.name = "processes",
          .type = Option::Type::kInteger,
          .help = help,
          .minimum = 2,
          .maximum = kMostProcesses};
}

Option Timeout() {
  return {.name = "timeout_s",
          .type = Option::Type::kNumber,
          .help = "seconds after which a process that does not answer ends the run; default 300",
          .minimum = 1,
          .maximum = 86400};
}

void ApplyData(const nlohmann::json& options, Recipe& recipe) {
  Parallelism& parallelism = recipe.parallelism;
  Batching& batching = recipe.batching;
  parallelism.kind = Parallelism::Kind::kData;
  parallelism.bucket_mb = options.value("bucket_mb", parallelism.bucket_mb);
  if (options.value("scaling", "strong") == "weak") {
    batching.batch_size *= parallelism.processes;
    batching.max_tokens *= parallelism.processes;
    batching.token_budgets = parallelism.processes;
  }
  if (batching.max_tokens == 0 && batching.batch_size < parallelism.processes) {
    throw Error("processes: " + std::to_string(parallelism.processes) +
                " is more than training.batch_size " + std::to_string(batching.batch_size) +
                ", and some would have no sentence; take fewer, a larger batch, or \"scaling\": "
                "\"weak\"");
  }
}

void ApplyModel(const nlohmann::json& options, Recipe& recipe) {
  Parallelism& parallelism = recipe.parallelism;
  parallelism.kind = Parallelism::Kind::kModel;
  parallelism.micro_batches = options.value("micro_batches", int64_t{4});
  const int64_t layers = 2 * recipe.model.layers;
  if (parallelism.processes > layers) {
    throw Error("processes: " + std::to_string(parallelism.processes) +
                " stages need as many layers, and encoder and decoder of model.layers " +
                std::to_string(recipe.model.layers) + " have " + std::to_string(layers));
  }
  const Batching& batching = recipe.batching;
  if (batching.max_tokens == 0 && batching.batch_size % parallelism.micro_batches != 0) {
    throw Error("micro_batches: " + std::to_string(parallelism.micro_batches) +
                " does not divide training.batch_size " + std::to_string(batching.batch_size) +
                "; choose a number that does, or change training.batch_size");
  }
}

class ParallelismFactor final : public Technique {
 public:
  std::string_view name() const override { return "parallelism"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"none", "one process", {}},
        {"data",
         "every process has the whole model and a share of each batch",
         {Processes("processes, one a device; default 2"),
          {.name = "scaling",
           .type = Option::Type::kChoice,
           .help = "whether training.batch_size is that of the update (strong) or of each process "
                   "(weak); default strong",
           .choices = {"strong", "weak"}},
          {.name = "bucket_mb",
           .type = Option::Type::kNumber,
           .help = "MiB of gradients that are averaged together; default 25",
           .minimum = 0,
           .maximum = 4096,
           .minimum_exclusive = true},
          Timeout()}},
        {"model",
         "every process has consecutive layers, through which micro-batches follow each other",
         {Processes("processes, one a device: the stages; default 2"),
          {.name = "micro_batches",
           .type = Option::Type::kInteger,
           .help = "that an update is cut into; default 4",
           .minimum = 1,
           .maximum = 65536},
          Timeout()}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    if (level == "none") return;
    Parallelism& parallelism = recipe.parallelism;
    parallelism.processes = options.value("processes", int64_t{2});
    parallelism.timeout_s = options.value("timeout_s", parallelism.timeout_s);
    if (level == "data") {
      ApplyData(options, recipe);
    } else {
      ApplyModel(options, recipe);
    }
  }
};

}  // namespace

const Technique& ParallelismTechnique() {
  static const ParallelismFactor technique;
  return technique;
}

}  // namespace ablate
