// Analysis of variance of a factorial design in blocks: which factors matter at all, and which
// depend on each other. Ordinary least squares on one value a run (its logarithm, for a response of
// ratios), with a block for each seed, sum-to-zero coding, and type III sums of squares: each term
// adjusted for all others (Yates 1934; Searle, Linear Models for Unbalanced Data, 1987). The tests
// hold for effects that are the same in every seed; MeanInterval over per-seed contrasts does not
// ask for that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ablate {

// One run: its level of each factor (any numbers that tell levels apart), its block, its value.
struct DesignPoint {
  std::vector<size_t> levels;
  uint64_t block = 0;
  double value = 0;
};

enum class ModelTerms { kMainEffects, kTwoFactorInteractions };  // the latter with main effects

struct TermTest {
  std::vector<size_t> factors;  // index of one factor, or indices of two that interact, ascending
  int64_t degrees = 0;
  double sum_of_squares = 0;
  std::optional<double> f, p;  // absent where the residual has no degrees of freedom or no variance
};

struct LeastSquaresFit {
  // Main effects, then interactions, in the order of the factors. A term that the runs cannot tell
  // from the others (an empty cell that it needs, one level only) is absent; the tests of the rest
  // are still adjusted for what of it can be seen.
  std::vector<TermTest> terms;
  double residual_sum_of_squares = 0;
  int64_t residual_degrees = 0;
};

// A design, worked out once for any number of responses.
class LeastSquares {
 public:
  // Every point must have as many levels as the first; their values are not read.
  LeastSquares(std::span<const DesignPoint> points, ModelTerms terms);
  // One value a point, in their order. Nothing where no factor varies. With one block the residual
  // is what the model leaves out (interactions of higher order), not noise between seeds.
  LeastSquaresFit Fit(std::span<const double> values) const;

 private:
  struct Model;
  std::shared_ptr<const Model> model_;
};

// The same of the points' own values.
LeastSquaresFit FitLeastSquares(std::span<const DesignPoint> points, ModelTerms terms);

}  // namespace ablate
