#include "harness/report/least_squares.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/report/statistics.h"

namespace ablate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The columns that one term of the model has in the design matrix.
struct Columns {
  std::vector<size_t> factors;
  Index first = 0, count = 0;
};

// Sum-to-zero coding: a column for every level but the last, which is minus one in each.
template <typename LevelOf>
MatrixXd CodeLevels(std::span<const DesignPoint> points, const LevelOf& level_of) {
  std::vector<uint64_t> levels;
  for (const DesignPoint& point : points) levels.push_back(level_of(point));
  std::ranges::sort(levels);
  levels.erase(std::ranges::unique(levels).begin(), levels.end());
  const Index count = static_cast<Index>(levels.size()) - 1;
  MatrixXd coded = MatrixXd::Zero(static_cast<Index>(points.size()), count);
  for (Index row = 0; row < coded.rows(); ++row) {
    const uint64_t level = level_of(points[static_cast<size_t>(row)]);
    const Index column = std::ranges::lower_bound(levels, level) - levels.begin();
    if (column == count) {
      coded.row(row).setConstant(-1);
    } else {
      coded(row, column) = 1;
    }
  }
  return coded;
}

MatrixXd Products(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd products(a.rows(), a.cols() * b.cols());
  for (Index i = 0; i < a.cols(); ++i) {
    for (Index j = 0; j < b.cols(); ++j) {
      products.col(i * b.cols() + j) = a.col(i).cwiseProduct(b.col(j));
    }
  }
  return products;
}

struct Design {
  MatrixXd columns;
  std::vector<Columns> terms;
};

void Append(const MatrixXd& block, Design& design) {
  design.columns.conservativeResize(block.rows(), design.columns.cols() + block.cols());
  design.columns.rightCols(block.cols()) = block;
}

void AppendTerm(const MatrixXd& block, std::vector<size_t> factors, Design& design) {
  design.terms.push_back({std::move(factors), design.columns.cols(), block.cols()});
  Append(block, design);
}

Design CodeDesign(std::span<const DesignPoint> points, ModelTerms terms) {
  Design design;
  Append(MatrixXd::Ones(static_cast<Index>(points.size()), 1), design);
  Append(CodeLevels(points, [](const DesignPoint& point) { return point.block; }), design);
  std::vector<MatrixXd> mains;
  for (size_t factor = 0; factor < points.front().levels.size(); ++factor) {
    const auto level_of = [=](const DesignPoint& point) { return point.levels[factor]; };
    mains.push_back(CodeLevels(points, level_of));
    AppendTerm(mains.back(), {factor}, design);
  }
  if (terms == ModelTerms::kMainEffects) return design;
  for (size_t a = 0; a < mains.size(); ++a) {
    for (size_t b = a + 1; b < mains.size(); ++b) {
      AppendTerm(Products(mains[a], mains[b]), {a, b}, design);
    }
  }
  return design;
}

VectorXd Values(std::span<const DesignPoint> points) {
  VectorXd values(static_cast<Index>(points.size()));
  std::ranges::transform(points, values.begin(), &DesignPoint::value);
  return values;
}

// The triangle of the QR decomposition of columns and values: least squares on any of the columns
// needs no more of them, however many runs there are.
MatrixXd Triangle(const MatrixXd& columns, const VectorXd& values) {
  MatrixXd all(columns.rows(), columns.cols() + 1);
  all << columns, values;
  const Eigen::HouseholderQR<MatrixXd> qr(all);
  return qr.matrixQR().topRows(std::min(all.rows(), all.cols())).triangularView<Eigen::Upper>();
}

struct Fit {
  double residual_sum_of_squares = 0;
  Index rank = 0;
};

Fit FitWithout(const Columns& left_out, const MatrixXd& triangle) {
  const Index after = left_out.first + left_out.count;
  const Index all = triangle.cols() - 1;
  MatrixXd columns(triangle.rows(), all - left_out.count);
  columns << triangle.leftCols(left_out.first), triangle.middleCols(after, all - after);
  Eigen::ColPivHouseholderQR<MatrixXd> qr;
  qr.setThreshold(
      1e-10);  // coded columns are small integers: one that depends on others is far below
  qr.compute(columns);
  // Past the rank, Q' values is what no column explains; solving would divide by rounding there.
  const VectorXd rotated = qr.householderQ().adjoint() * triangle.rightCols(1);
  return {rotated.tail(rotated.size() - qr.rank()).squaredNorm(), qr.rank()};
}

// Absent where there is nothing to test against.
std::optional<Spread> ResidualSpread(const LeastSquaresFit& fit, double mean) {
  if (fit.residual_degrees <= 0) return std::nullopt;
  const auto degrees = static_cast<double>(fit.residual_degrees);
  const Spread spread{std::sqrt(fit.residual_sum_of_squares / degrees), degrees};
  return IsZero(spread, mean) ? std::nullopt : std::optional(spread);
}

TermTest Test(const Columns& term, double sum_of_squares, const std::optional<Spread>& residual) {
  TermTest test{term.factors, term.count, sum_of_squares, {}, {}};
  if (!residual) return test;
  const auto degrees = static_cast<double>(term.count);
  test.f = sum_of_squares / degrees / (residual->deviation * residual->deviation);
  test.p = FPValue(*test.f, degrees, residual->degrees);
  return test;
}

}  // namespace

LeastSquaresFit FitLeastSquares(std::span<const DesignPoint> points, ModelTerms terms) {
  if (points.empty()) return {};
  const Design design = CodeDesign(points, terms);
  const VectorXd values = Values(points);
  const double mean = values.mean();
  // The intercept takes the mean out anyhow; without it sums of squares lose fewer digits.
  const MatrixXd triangle = Triangle(design.columns, values.array() - mean);
  const Fit whole = FitWithout({}, triangle);
  LeastSquaresFit fit;
  fit.residual_sum_of_squares = whole.residual_sum_of_squares;
  fit.residual_degrees = static_cast<int64_t>(points.size()) - whole.rank;
  const auto residual = ResidualSpread(fit, mean);
  for (const Columns& term : design.terms) {
    const Fit reduced = FitWithout(term, triangle);
    if (term.count == 0 || whole.rank - reduced.rank != term.count) continue;
    const double explained = reduced.residual_sum_of_squares - whole.residual_sum_of_squares;
    fit.terms.push_back(Test(term, std::max(0.0, explained), residual));
  }
  return fit;
}

}  // namespace ablate
