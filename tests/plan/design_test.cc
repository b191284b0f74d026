#include "harness/plan/design.h"

#include <gmock/gmock.h>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::ElementsAre;
using C = Combination;

// Factors of 2, 3 and 2 levels, the baseline 0, 1 and 0.
Suite Factors(Design design, std::vector<size_t> counts = {2, 3, 2},
              std::vector<size_t> baseline = {0, 1, 0}) {
  Suite suite;
  suite.design = design;
  for (size_t i = 0; i < counts.size(); ++i) {
    Factor factor;
    factor.name = "f" + std::to_string(i);
    factor.levels.resize(counts[i]);
    factor.baseline = baseline[i];
    suite.factors.push_back(factor);
  }
  return suite;
}

TEST(DesignTest, FactorialHasEveryCombinationTheLastFactorFastest) {
  EXPECT_THAT(Expand(Factors(Design::kFactorial)),
              ElementsAre(C{0, 0, 0}, C{0, 0, 1}, C{0, 1, 0}, C{0, 1, 1}, C{0, 2, 0}, C{0, 2, 1},
                          C{1, 0, 0}, C{1, 0, 1}, C{1, 1, 0}, C{1, 1, 1}, C{1, 2, 0}, C{1, 2, 1}));
}

TEST(DesignTest, OneFactorHasTheBaselineAndEachOtherLevelAlone) {
  EXPECT_THAT(Expand(Factors(Design::kOneFactor)),
              ElementsAre(C{0, 1, 0}, C{1, 1, 0}, C{0, 0, 0}, C{0, 2, 0}, C{0, 1, 1}));
}

TEST(DesignTest, LeaveOneOutHasTheLastLevelsMinusOneAtATime) {
  EXPECT_THAT(Expand(Factors(Design::kLeaveOneOut)),
              ElementsAre(C{0, 1, 0}, C{1, 2, 1}, C{0, 2, 1}, C{1, 1, 1}, C{1, 2, 0}));
}

TEST(DesignTest, LeaveOneOutOfOneFactorHasNoCellTwice) {
  EXPECT_THAT(Expand(Factors(Design::kLeaveOneOut, {2}, {0})), ElementsAre(C{0}, C{1}));
}

TEST(DesignTest, LeaveOneOutNeedsALevelToLeaveOut) {
  EXPECT_THROW(Expand(Factors(Design::kLeaveOneOut, {2, 2}, {0, 1})), Error);
  EXPECT_THAT(Expand(Factors(Design::kLeaveOneOut, {2, 1}, {0, 0})), ElementsAre(C{0, 0}, C{1, 0}));
}

TEST(DesignTest, RefusesMoreCellsThanAnyoneRuns) {
  EXPECT_THROW(Expand(Factors(Design::kFactorial, std::vector<size_t>(45, 1000),
                              std::vector<size_t>(45, 0))),
               Error);
}

}  // namespace
}  // namespace ablate
