// Suite files: parsed, planned, written out with all defaults, and read again.
#include <algorithm>
#include <optional>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "tests/fuzz/fuzz.h"

namespace ablate {
namespace {

constexpr size_t kMostRuns = 500;  // a plan of more says nothing new, and takes its time

bool IsSmall(const Suite& suite) {
  size_t cells = 1;
  for (const Factor& factor : suite.factors) {
    cells = suite.design == Design::kFactorial ? cells * factor.levels.size()
                                               : cells + factor.levels.size();
    if (cells * suite.seeds.size() > kMostRuns) return false;
  }
  return true;
}

bool SameRuns(const Plan& a, const Plan& b) {
  return std::ranges::equal(a.runs, b.runs, [](const PlannedRun& x, const PlannedRun& y) {
    return x.run_id == y.run_id && x.cell == y.cell && x.position == y.position;
  });
}

void CheckSuite(std::string_view text) {
  std::optional<Suite> suite;
  std::optional<Plan> plan;
  const bool is_good = fuzz::Accepts([&] {
    suite = ParseSuite(text, "suite.json");
    if (IsSmall(*suite)) plan = MakePlan(*suite);
  });
  if (!is_good || !plan) return;

  for (const Cell& cell : plan->cells) cell.settings();
  const Suite again = ParseSuite(ToJson(*suite).dump(2), "suite.json");
  fuzz::Ensure(SameRuns(*plan, MakePlan(again)), "a suite written out plans the same runs");
}

}  // namespace
}  // namespace ablate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ablate::CheckSuite(ablate::fuzz::View(data, size));
  return 0;
}
