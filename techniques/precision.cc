#include "techniques/precision.h"

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace ablate {
namespace {

std::vector<Option> LossScaleOptions() {
  using enum Option::Type;
  return {
      {.name = "dtype",
       .type = kChoice,
       .help = "default: fp16 on CUDA, bf16 on a CPU",
       .choices = {"fp16", "bf16"}},
      {.name = "initial_loss_scale",
       .type = kNumber,
       .help = "fp16: the first loss scale; default 65536",
       .minimum = 1,
       .maximum = 1 << 30},
      {.name = "growth_factor",
       .type = kNumber,
       .help = "fp16: the scale grows by it after growth_interval finite updates; default 2",
       .minimum = 1,
       .maximum = 1024,
       .minimum_exclusive = true},
      {.name = "backoff_factor",
       .type = kNumber,
       .help = "fp16: the scale shrinks by it after an update that is skipped; default 0.5",
       .minimum = 0,
       .maximum = 0.999,
       .minimum_exclusive = true},
      {.name = "growth_interval",
       .type = kInteger,
       .help = "fp16: finite updates in a row before the scale grows; default 2000",
       .minimum = 1,
       .maximum = 1e9},
  };
}

class PrecisionOf final : public Technique {
 public:
  std::string_view name() const override { return "precision"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"fp32", "float32, TF32 off", {}},
        {"tf32", "float32, CUDA matrix products in TF32", {}},
        {"amp", "autocast to float16 or bfloat16", LossScaleOptions()},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    Precision& precision = recipe.precision;
    precision.tf32 = level == "tf32";
    if (level != "amp") return;
    const std::string dtype = options.value("dtype", "");
    precision.autocast = dtype == "fp16"   ? Precision::Autocast::kFloat16
                         : dtype == "bf16" ? Precision::Autocast::kBFloat16
                                           : Precision::Autocast::kDeviceDefault;
    if (dtype == "bf16" && options.size() > 1) {
      throw Error("loss scaling belongs to dtype fp16; leave its options out with bf16");
    }
    precision.initial_loss_scale =
        options.value("initial_loss_scale", precision.initial_loss_scale);
    precision.growth_factor = options.value("growth_factor", precision.growth_factor);
    precision.backoff_factor = options.value("backoff_factor", precision.backoff_factor);
    precision.growth_interval = options.value("growth_interval", precision.growth_interval);
  }
};

}  // namespace

const Technique& PrecisionTechnique() {
  static const PrecisionOf technique;
  return technique;
}

}  // namespace ablate
