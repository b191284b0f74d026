#include "harness/report/multiplicity.h"

#include <algorithm>
#include <cmath>

namespace ablate {

std::vector<std::optional<double>> HolmAdjusted(std::span<const std::optional<double>> p_values) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p_values.size(); ++i) {
    if (p_values[i]) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return *p_values[i]; });
  std::vector<std::optional<double>> adjusted(p_values.size());
  double least = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    least = std::min(1.0, std::max(least, left * *p_values[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

double SidakConfidence(int64_t comparisons, double family) {
  return std::pow(family, 1 / static_cast<double>(std::max<int64_t>(1, comparisons)));
}

double BonferroniConfidence(int64_t comparisons, double family) {
  return 1 - (1 - family) / static_cast<double>(std::max<int64_t>(1, comparisons));
}

}  // namespace ablate
