#include "techniques/kernels.h"

#include <nlohmann/json.hpp>

namespace ablate {
namespace {

class KernelsFactor final : public Technique {
 public:
  std::string_view name() const override { return "kernels"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = {
        {"reference", "LibTorch's operations", {}},
        {"fused", "operations that go together made into one", {}},
    };
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& /*options*/,
             Recipe& recipe) const override {
    recipe.kernels = level == "fused" ? KernelSet::kFused : KernelSet::kReference;
  }
};

}  // namespace

const Technique& KernelsTechnique() {
  static const KernelsFactor technique;
  return technique;
}

}  // namespace ablate
