#include "techniques/loading.h"

#include <nlohmann/json.hpp>

namespace ablate {
namespace {

Option PinMemory() {
  return {.name = "pin_memory",
          .type = Option::Type::kBoolean,
          .help = "batches lie in page-locked memory, where there is a GPU; default true"};
}

std::vector<Option> WorkerOptions() {
  return {{.name = "workers",
           .type = Option::Type::kInteger,
           .help = "threads that collate; default 1",
           .minimum = 1,
           .maximum = 64},
          {.name = "prefetch",
           .type = Option::Type::kInteger,
           .help = "updates that each of them may be ahead; default 2",
           .minimum = 1,
           .maximum = 1024},
          PinMemory()};
}

class LoadingOf final : public Technique {
 public:
  std::string_view name() const override { return "loading"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"inline", "by the training thread", {PinMemory()}},
        {"workers", "ahead of training, by threads", WorkerOptions()},
        {"resident", "the whole split on the device, gathered by index", {}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    Loading& loading = recipe.loading;
    loading.resident = level == "resident";
    loading.workers = level == "workers" ? options.value("workers", int64_t{1}) : 0;
    loading.prefetch = options.value("prefetch", loading.prefetch);
    loading.pin_memory = options.value("pin_memory", loading.pin_memory);
  }
};

}  // namespace

const Technique& LoadingTechnique() {
  static const LoadingOf technique;
  return technique;
}

}  // namespace ablate
