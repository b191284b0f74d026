#include "techniques/schedule.h"

#include <nlohmann/json.hpp>

#include "techniques/schedules/decay.h"
#include "techniques/schedules/onecycle.h"

namespace ablate {
namespace {

std::vector<Level> AllLevels() {
  std::vector<Level> levels = DecayLevels();
  levels.insert(levels.begin() + 1,
                {"onecycle", "warm-up, then annealing over a horizon", OneCycleOptions()});
  return levels;
}

class ScheduleOf final : public Technique {
 public:
  std::string_view name() const override { return "schedule"; }

  std::span<const Level> levels() const override {
    static const std::vector<Level> levels = AllLevels();
    return levels;
  }

  void Apply(std::string_view level, const nlohmann::json& options, Recipe& recipe) const override {
    if (level == "constant") {
      recipe.schedule = ReadConstant(options);
    } else if (level == "onecycle") {
      recipe.schedule = ReadOneCycle(options);
    } else {
      recipe.schedule = ReadDecay(level, options);
    }
  }
};

}  // namespace

const Technique& ScheduleTechnique() {
  static const ScheduleOf technique;
  return technique;
}

ScheduleValues At(const Schedule& schedule, const Optimizer& optimizer, int64_t update,
                  int64_t total_updates) {
  if (const auto* cycle = std::get_if<OneCycleSchedule>(&schedule)) {
    return OneCycleAt(*cycle, optimizer, update, total_updates);
  }
  const auto* decay = std::get_if<DecaySchedule>(&schedule);
  const double fraction =
      decay != nullptr ? RateFraction(*decay, update, total_updates)
                       : RateFraction(std::get<ConstantSchedule>(schedule), update, total_updates);
  return {optimizer.learning_rate * fraction, std::nullopt};
}

double HorizonEpochs(const Schedule& schedule) {
  return std::visit([](const auto& s) { return s.horizon_epochs; }, schedule);
}

}  // namespace ablate
