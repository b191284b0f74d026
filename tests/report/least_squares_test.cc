#include "harness/report/least_squares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;
using Points = std::vector<DesignPoint>;

// A 2 x 3 x 2 factorial with planted logarithms: the first factor halves, the second's last level
// adds a tenth, both of these together add another fifth; the third does nothing.
Points Factorial(uint64_t seeds, const std::function<bool(const DesignPoint&)>& keep) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  Points points;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const double block = 0.3 * normal(random);
    for (size_t cell = 0; cell < 12; ++cell) {
      DesignPoint point{{cell / 6, cell / 2 % 3, cell % 2}, seed, 3 + block};
      if (point.levels[0] == 1) point.value += std::log(0.5);
      if (point.levels[1] == 2) point.value += std::log(1.1);
      if (point.levels[0] == 1 && point.levels[1] == 2) point.value += std::log(1.2);
      point.value += 0.05 * normal(random);
      if (keep(point)) points.push_back(point);
    }
  }
  return points;
}

bool All(const DesignPoint&) { return true; }

json Question(const Points& points, ModelTerms terms) {
  json question{{"interactions", terms == ModelTerms::kTwoFactorInteractions}, {"points", {}}};
  for (const DesignPoint& point : points) {
    question["points"].push_back(
        {{"levels", point.levels}, {"block", point.block}, {"value", point.value}});
  }
  return question;
}

std::string Name(const TermTest& term) {
  std::string name;
  for (const size_t factor : term.factors)
    name += (name.empty() ? "" : ":") + std::to_string(factor);
  return name;
}

const TermTest* Find(const LeastSquaresFit& fit, const std::string& name) {
  const auto found =
      std::ranges::find_if(fit.terms, [&](const TermTest& term) { return Name(term) == name; });
  return found == fit.terms.end() ? nullptr : &*found;
}

void ExpectNear(double ours, const json& truth, const std::string& what) {
  const double value = truth.get<double>();
  EXPECT_NEAR(ours, value, 1e-12 + 1e-7 * std::abs(value)) << what;
}

void ExpectAgreement(const LeastSquaresFit& fit, const json& truth) {
  ExpectNear(fit.residual_sum_of_squares, truth["residual"][0], "residual");
  EXPECT_EQ(fit.residual_degrees, truth["residual"][1].get<double>());
  for (const TermTest& term : fit.terms) {
    const json& row = truth["terms"].at(Name(term));
    ExpectNear(term.sum_of_squares, row[0], Name(term) + " sum of squares");
    EXPECT_EQ(static_cast<double>(term.degrees), row[1].get<double>()) << Name(term);
    ExpectNear(term.f.value(), row[2], Name(term) + " F");
    ExpectNear(term.p.value(), row[3], Name(term) + " p");
  }
}

TEST(LeastSquaresTest, AgreesWithStatsmodels) {
  const auto ragged = [](const DesignPoint& point) {
    return (point.block * 2 + point.levels[0] * 3 + point.levels[1] * 7 + point.levels[2]) % 5 != 0;
  };
  const auto without_a_cell = [](const DesignPoint& point) {
    return point.levels != std::vector<size_t>{1, 2, 1};
  };
  const auto two_factors = [](const DesignPoint& point) { return point.levels[2] == 0; };
  std::vector<Points> samples{Factorial(4, All), Factorial(4, ragged), Factorial(3, without_a_cell),
                              Factorial(1, All), Factorial(6, two_factors)};
  for (DesignPoint& point : samples.back()) point.levels.pop_back();
  json questions = json::array();
  std::vector<LeastSquaresFit> fits;
  for (const Points& points : samples) {
    for (const auto terms : {ModelTerms::kMainEffects, ModelTerms::kTwoFactorInteractions}) {
      questions.push_back(Question(points, terms));
      fits.push_back(FitLeastSquares(points, terms));
    }
  }
  const json truth =
      json::parse(testing::RunPython("tests/report/least_squares.py", {}, questions.dump()));
  ASSERT_EQ(truth.size(), fits.size());
  for (size_t i = 0; i < fits.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(fits[i].terms.size(), truth[i]["terms"].size());
    ExpectAgreement(fits[i], truth[i]);
  }
}

// statsmodels gives numbers for such terms too, by a generalised inverse; what they test is
// anyone's guess. The residual is the same by any.
TEST(LeastSquaresTest, AgreesOnWhatManyEmptyCellsLeave) {
  const Points points = Factorial(4, [](const DesignPoint& point) {
    return (point.levels[0] * 3 + point.levels[1] * 7 + point.levels[2]) % 5 != 0;
  });
  const auto terms = ModelTerms::kTwoFactorInteractions;
  const json questions = json::array({Question(points, terms)});
  const json truth =
      json::parse(testing::RunPython("tests/report/least_squares.py", {}, questions.dump()));
  const LeastSquaresFit fit = FitLeastSquares(points, terms);
  EXPECT_LT(fit.terms.size(), truth[0]["terms"].size());
  ExpectAgreement(fit, truth[0]);
}

TEST(LeastSquaresTest, FindsWhatIsPlantedAndNothingElse) {
  const LeastSquaresFit fit =
      FitLeastSquares(Factorial(4, All), ModelTerms::kTwoFactorInteractions);
  for (const auto* term : {"0", "1", "0:1"}) EXPECT_LT(Find(fit, term)->p, 1e-6) << term;
  for (const auto* term : {"2", "0:2", "1:2"}) EXPECT_GT(Find(fit, term)->p, 0.01) << term;
}

TEST(LeastSquaresTest, LeavesOutWhatAnEmptyCellMakesUnknowable) {
  Points points = Factorial(
      3, [](const DesignPoint& point) { return point.levels[0] == 0 || point.levels[1] == 0; });
  const LeastSquaresFit interactions = FitLeastSquares(points, ModelTerms::kTwoFactorInteractions);
  for (const auto* term : {"0", "1", "0:1"}) EXPECT_EQ(Find(interactions, term), nullptr) << term;
  for (const auto* term : {"2", "0:2", "1:2"}) EXPECT_NE(Find(interactions, term), nullptr) << term;
  const LeastSquaresFit mains = FitLeastSquares(points, ModelTerms::kMainEffects);
  EXPECT_EQ(mains.terms.size(), 3);
}

TEST(LeastSquaresTest, LeavesOutFactorsThatChangeTogetherAndThoseWithOneLevel) {
  Points points = Factorial(3, All);
  for (DesignPoint& point : points) point.levels = {point.levels[0], point.levels[0] + 5, 7};
  EXPECT_TRUE(FitLeastSquares(points, ModelTerms::kMainEffects).terms.empty());
}

TEST(LeastSquaresTest, TestsNothingWithoutAResidual) {
  Points points = Factorial(1, [](const DesignPoint& point) { return point.levels[2] == 0; });
  const LeastSquaresFit saturated = FitLeastSquares(points, ModelTerms::kTwoFactorInteractions);
  ASSERT_FALSE(saturated.terms.empty());
  EXPECT_EQ(saturated.residual_degrees, 0);
  EXPECT_FALSE(saturated.terms.front().p.has_value());

  points = Factorial(3, All);
  for (DesignPoint& point : points) point.value = point.levels[0] == 0 ? 20.1 : 20.3;
  const LeastSquaresFit exact = FitLeastSquares(points, ModelTerms::kMainEffects);
  ASSERT_EQ(exact.terms.size(), 3);
  EXPECT_NEAR(exact.terms.front().sum_of_squares, 36 * 0.01, 1e-10);
  EXPECT_FALSE(exact.terms.front().f.has_value());

  EXPECT_TRUE(FitLeastSquares({}, ModelTerms::kMainEffects).terms.empty());
}

}  // namespace
}  // namespace ablate
