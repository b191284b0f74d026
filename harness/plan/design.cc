#include "harness/plan/design.h"

#include <algorithm>

#include "model/error.h"

namespace ablate {
namespace {

size_t CountFactorial(const Suite& suite) {
  size_t count = 1;
  for (const Factor& factor : suite.factors) {
    count *= factor.levels.size();
    if (count > kMostCells)
      throw Error("more than " + std::to_string(kMostCells) +
                  " combinations; list fewer levels, or use another design");
  }
  return count;
}

// Counts up; false after the last combination.
bool Advance(const Suite& suite, Combination& combination) {
  for (size_t i = combination.size(); i-- > 0;) {
    if (++combination[i] < suite.factors[i].levels.size()) return true;
    combination[i] = 0;
  }
  return false;
}

std::vector<Combination> Factorial(const Suite& suite) {
  std::vector<Combination> all;
  all.reserve(CountFactorial(suite));
  Combination combination(suite.factors.size(), 0);
  do all.push_back(combination);
  while (Advance(suite, combination));
  return all;
}

std::vector<Combination> OneFactor(const Suite& suite) {
  const Combination baseline = BaselineOf(suite);
  std::vector<Combination> all = {baseline};
  for (size_t i = 0; i < baseline.size(); ++i) {
    for (size_t level = 0; level < suite.factors[i].levels.size(); ++level) {
      if (level == baseline[i]) continue;
      all.push_back(baseline);
      all.back()[i] = level;
    }
  }
  return all;
}

std::vector<Combination> LeaveOneOut(const Suite& suite) {
  const Combination baseline = BaselineOf(suite);
  Combination on;
  for (const Factor& factor : suite.factors) {
    on.push_back(factor.levels.size() - 1);
    if (factor.levels.size() > 1 && on.back() == factor.baseline)
      throw Error("leave_one_out leaves out each factor's last level, but that of " + factor.name +
                  " is its baseline; list another level last");
  }
  std::vector<Combination> all = {baseline, on};
  for (size_t i = 0; i < on.size(); ++i) {
    all.push_back(on);
    all.back()[i] = baseline[i];
  }
  return all;
}

// Keeps the first of equal combinations.
std::vector<Combination> Distinct(const std::vector<Combination>& all) {
  std::vector<Combination> distinct;
  for (const Combination& combination : all)
    if (std::find(distinct.begin(), distinct.end(), combination) == distinct.end())
      distinct.push_back(combination);
  return distinct;
}

}  // namespace

std::vector<Combination> Expand(const Suite& suite) {
  switch (suite.design) {
    case Design::kOneFactor:
      return OneFactor(suite);
    case Design::kLeaveOneOut:
      return Distinct(LeaveOneOut(suite));
    case Design::kFactorial:
      break;
  }
  return Factorial(suite);
}

Combination BaselineOf(const Suite& suite) {
  Combination baseline;
  for (const Factor& factor : suite.factors) baseline.push_back(factor.baseline);
  return baseline;
}

}  // namespace ablate
