#include "harness/plan/cell_name.h"

#include <algorithm>

namespace ablate {
namespace {

const Factor* FindFactor(const Suite& suite, const std::string& name) {
  const auto found = std::ranges::find(suite.factors, name, &Factor::name);
  return found == suite.factors.end() ? nullptr : &*found;
}

bool IsBaselineLevel(const Suite& suite, const std::string& factor, const std::string& label) {
  const Factor* found = FindFactor(suite, factor);
  return found != nullptr && found->levels[found->baseline].label == label;
}

// True where a level's label alone says which factor it belongs to.
bool LabelIsClear(const Suite& suite, const std::string& factor, const std::string& label) {
  const Factor* found = FindFactor(suite, factor);
  if (found == nullptr || !found->is_technique) return false;
  return std::ranges::none_of(suite.factors, [&](const Factor& other) {
    return other.name != factor &&
           std::ranges::find(other.levels, label, &FactorLevel::label) != other.levels.end();
  });
}

// "model.d_ff" -> "d_ff", unless another factor ends alike.
std::string ShortFactor(const Suite& suite, const std::string& factor) {
  const std::string last = factor.substr(factor.rfind('.') + 1);
  const auto alike = std::ranges::count_if(suite.factors, [&](const Factor& other) {
    return other.name.substr(other.name.rfind('.') + 1) == last;
  });
  return alike > 1 ? factor : last;
}

}  // namespace

bool IsBaseline(const Suite& suite, const FactorLabels& factors) {
  return std::ranges::all_of(factors, [&](const auto& factor) {
    return IsBaselineLevel(suite, factor.first, factor.second);
  });
}

std::string ShortName(const Suite& suite, const FactorLabels& factors) {
  std::string name;
  for (const auto& [factor, label] : factors) {
    if (IsBaselineLevel(suite, factor, label)) continue;
    if (!name.empty()) name += " + ";
    const bool clear = suite.design != Design::kOneFactor && LabelIsClear(suite, factor, label);
    name += clear ? label : ShortFactor(suite, factor) + "=" + label;
  }
  return name.empty() ? "baseline" : name;
}

std::string DisplayName(const Suite& suite, const FactorLabels& factors) {
  if (suite.design != Design::kFactorial) return ShortName(suite, factors);
  std::string name;
  for (const auto& [factor, label] : factors) {
    name += (name.empty() ? "" : ",") + factor + "=" + label;
  }
  return name;
}

}  // namespace ablate
