#include "harness/report/shapley.h"

#include <bit>

namespace ablate {
namespace {

// How often, over all orders, exactly `before` of `factors` precede a given one, and they are a
// given set: before! (factors - 1 - before)! / factors!
std::vector<double> Weights(size_t factors) {
  std::vector<double> weights(factors);
  double chosen = 1;  // (factors - 1) over `before`
  for (size_t before = 0; before < factors; ++before) {
    weights[before] = 1 / (static_cast<double>(factors) * chosen);
    chosen *= static_cast<double>(factors - 1 - before) / static_cast<double>(before + 1);
  }
  return weights;
}

std::optional<std::vector<double>> AllValues(size_t factors, const SubsetValue& value) {
  std::vector<double> values;
  for (uint32_t subset = 0; subset < (uint32_t{1} << factors); ++subset) {
    const auto known = value(subset);
    if (!known) return std::nullopt;
    values.push_back(*known);
  }
  return values;
}

}  // namespace

std::optional<std::vector<double>> ShapleyValues(size_t factors, const SubsetValue& value) {
  if (factors > kMaxShapleyFactors) return std::nullopt;
  const auto values = AllValues(factors, value);
  if (!values) return std::nullopt;
  const std::vector<double> weights = Weights(factors);
  std::vector<double> shares(factors, 0.0);
  for (uint32_t subset = 0; subset < values->size(); ++subset) {
    for (size_t factor = 0; factor < factors; ++factor) {
      const uint32_t bit = uint32_t{1} << factor;
      if (subset & bit) continue;
      const auto before = static_cast<size_t>(std::popcount(subset));
      shares[factor] += weights[before] * ((*values)[subset | bit] - (*values)[subset]);
    }
  }
  return shares;
}

}  // namespace ablate
