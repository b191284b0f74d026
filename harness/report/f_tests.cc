#include "harness/report/f_tests.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/report/least_squares.h"

namespace ablate {
namespace {

// The runs' logarithms; empty where one has none, is censored, or diverged on the way to the
// target.
std::vector<DesignPoint> Points(const CellGrid& grid, const Evidence& evidence,
                                const Response& response) {
  std::vector<DesignPoint> points;
  for (const auto& [key, run] : evidence.runs) {
    const auto levels = grid.LevelsOf(key.first);
    if (!levels) continue;
    const auto observation = response.observe(*run);
    const bool never = response.of_target() && run->status == Status::kDiverged;
    if (!observation && !never) continue;
    if (never || observation->censored || !(observation->value > 0)) return {};
    points.push_back({*levels, key.second, std::log(observation->value)});
  }
  return points;
}

// Most responses are known of the same runs: their design is worked out once.
class Designs {
 public:
  explicit Designs(ModelTerms terms) : terms_(terms) {}

  LeastSquaresFit Fit(const std::vector<DesignPoint>& points) {
    const auto same = [](const DesignPoint& a, const DesignPoint& b) {
      return a.block == b.block && a.levels == b.levels;
    };
    if (!last_ || !std::ranges::equal(points, points_, same)) {
      last_.emplace(points, terms_);
      points_ = points;
    }
    std::vector<double> values;
    for (const DesignPoint& point : points) values.push_back(point.value);
    return last_->Fit(values);
  }

 private:
  ModelTerms terms_;
  std::vector<DesignPoint> points_;
  std::optional<LeastSquares> last_;
};

}  // namespace

std::vector<FTest> ComputeFTests(const Suite& suite, const CellGrid& grid,
                                 const Evidence& evidence) {
  std::vector<FTest> tests;
  if (evidence.summary.seeds.size() < 2) return tests;
  const ModelTerms terms = suite.design == Design::kFactorial ? ModelTerms::kTwoFactorInteractions
                                                              : ModelTerms::kMainEffects;
  Designs designs(terms);
  for (const Response& response : AllResponses()) {
    if (!response.compared) continue;
    const LeastSquaresFit fit = designs.Fit(Points(grid, evidence, response));
    for (const TermTest& term : fit.terms) {
      FTest test{std::string(response.name), {},     term.degrees,
                 fit.residual_degrees,       term.f, term.p};
      for (const size_t factor : term.factors) test.factors.push_back(suite.factors[factor].name);
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

}  // namespace ablate
