#include "harness/report/least_squares.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "harness/report/statistics.h"

namespace ablate {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Coded columns are small integers. What is left of one that depends on others, once these are
// taken out, is far below this share of it; what is left of any other is above.
constexpr double kDependent = 1e-9;

// The columns that one term of the model has in the design matrix.
struct Columns {
  std::vector<size_t> factors;
  Index first = 0, count = 0;
};

// The runs as cells and blocks: a design of thousands of runs has far fewer of either.
struct Layout {
  std::vector<std::vector<size_t>> cells;  // their levels
  std::vector<Index> cell_of, block_of;    // by run
  Index blocks = 0;
};

template <typename Key>
Index PlaceOf(const Key& key, std::map<Key, Index>& places) {
  return places.try_emplace(key, static_cast<Index>(places.size())).first->second;
}

Layout LayOut(std::span<const DesignPoint> points) {
  Layout layout;
  std::map<std::vector<size_t>, Index> cells;
  std::map<uint64_t, Index> blocks;
  for (const DesignPoint& point : points) {
    layout.cell_of.push_back(PlaceOf(point.levels, cells));
    layout.block_of.push_back(PlaceOf(point.block, blocks));
  }
  layout.blocks = static_cast<Index>(blocks.size());
  layout.cells.resize(cells.size());
  for (const auto& [levels, place] : cells) layout.cells[static_cast<size_t>(place)] = levels;
  return layout;
}

// Sum-to-zero coding of a factor, a row a cell: a column for every level but the last, which is
// minus one in each.
MatrixXd CodeLevels(const std::vector<std::vector<size_t>>& cells, size_t factor) {
  std::vector<size_t> levels;
  for (const auto& cell : cells) levels.push_back(cell[factor]);
  std::ranges::sort(levels);
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  const Index count = static_cast<Index>(levels.size()) - 1;
  MatrixXd coded = MatrixXd::Zero(static_cast<Index>(cells.size()), count);
  for (Index row = 0; row < coded.rows(); ++row) {
    const size_t level = cells[static_cast<size_t>(row)][factor];
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

// A row a cell, without intercept and blocks.
struct Design {
  MatrixXd columns;
  std::vector<Columns> terms;
};

void AppendTerm(const MatrixXd& block, std::vector<size_t> factors, Design& design) {
  design.terms.push_back({std::move(factors), design.columns.cols(), block.cols()});
  design.columns.conservativeResize(block.rows(), design.columns.cols() + block.cols());
  design.columns.rightCols(block.cols()) = block;
}

Design CodeDesign(const std::vector<std::vector<size_t>>& cells, ModelTerms terms) {
  Design design;
  std::vector<MatrixXd> mains;
  for (size_t factor = 0; factor < cells.front().size(); ++factor) {
    mains.push_back(CodeLevels(cells, factor));
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

// Blocks are taken out of columns and values by their means (Frisch and Waugh 1933), and the
// intercept with them.
VectorXd WithoutBlockMeans(const Layout& layout, VectorXd values) {
  VectorXd sums = VectorXd::Zero(layout.blocks), counts = VectorXd::Zero(layout.blocks);
  for (Index run = 0; run < values.size(); ++run) {
    const Index block = layout.block_of[static_cast<size_t>(run)];
    sums[block] += values[run];
    ++counts[block];
  }
  for (Index run = 0; run < values.size(); ++run) {
    const Index block = layout.block_of[static_cast<size_t>(run)];
    values[run] -= sums[block] / counts[block];
  }
  return values;
}

// Products of the columns without their block means.
MatrixXd ProductsWithoutBlockMeans(const Layout& layout, const Design& design) {
  const auto cells = static_cast<Index>(layout.cells.size());
  VectorXd runs_of_cell = VectorXd::Zero(cells), runs_of_block = VectorXd::Zero(layout.blocks);
  MatrixXd runs = MatrixXd::Zero(layout.blocks, cells);
  for (size_t run = 0; run < layout.cell_of.size(); ++run) {
    ++runs_of_cell[layout.cell_of[run]];
    ++runs_of_block[layout.block_of[run]];
    ++runs(layout.block_of[run], layout.cell_of[run]);
  }
  const MatrixXd weighted = runs_of_cell.cwiseSqrt().asDiagonal() * design.columns;
  const MatrixXd block_sums =
      runs_of_block.cwiseSqrt().cwiseInverse().asDiagonal() * (runs * design.columns).eval();
  MatrixXd products = MatrixXd::Zero(design.columns.cols(), design.columns.cols());
  auto lower = products.selfadjointView<Eigen::Lower>();
  lower.rankUpdate(weighted.transpose());
  lower.rankUpdate(block_sums.transpose(), -1);
  return lower;
}

// Which columns are kept, so that each of the others depends on these.
struct Basis {
  std::vector<Index> kept, dependent;
};

// Cholesky's decomposition, the column with the most left of it first (Higham 1990).
Basis FindBasis(const MatrixXd& products) {
  const Index columns = products.cols();
  const VectorXd whole = products.diagonal();
  VectorXd left = whole;
  MatrixXd factor = MatrixXd::Zero(columns, columns);
  std::vector<Index> rest(static_cast<size_t>(columns));
  std::iota(rest.begin(), rest.end(), Index{0});
  Basis basis;
  while (!rest.empty()) {
    const auto share = [&](Index i) { return whole[i] > 0 ? left[i] / whole[i] : 0; };
    const auto most = std::ranges::max_element(rest, {}, share);
    if (share(*most) < kDependent) break;
    const Index pivot = *most;
    const auto step = static_cast<Index>(basis.kept.size());
    factor.col(step) = products.col(pivot);
    factor.col(step).noalias() -= factor.leftCols(step) * factor.row(pivot).head(step).transpose();
    factor.col(step) /= std::sqrt(left[pivot]);
    left -= factor.col(step).cwiseAbs2();
    basis.kept.push_back(pivot);
    rest.erase(most);
  }
  std::ranges::sort(basis.kept);
  basis.dependent = std::move(rest);
  return basis;
}

bool IsIn(const Columns& term, Index column) {
  return column >= term.first && column < term.first + term.count;
}

// Where a term's columns stand among those that are kept; none where the runs cannot tell all of
// the term from the others: one of its columns, or a mix of them, is a mix of the others' columns.
std::vector<Index> PlacesOf(const Columns& term, const Basis& basis, const MatrixXd& mixes) {
  std::vector<Index> places;
  for (Index i = 0; i < static_cast<Index>(basis.kept.size()); ++i) {
    if (IsIn(term, basis.kept[static_cast<size_t>(i)])) places.push_back(i);
  }
  if (places.empty() || static_cast<Index>(places.size()) != term.count) return {};
  const bool mixed = mixes.cols() > 0 && mixes(places, Eigen::all).cwiseAbs().maxCoeff() > 1e-6;
  return mixed ? std::vector<Index>{} : places;
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

VectorXd LessTheirMean(std::span<const double> values) {
  const auto all = Eigen::Map<const VectorXd>(values.data(), static_cast<Index>(values.size()));
  return all.array() - all.mean();
}

}  // namespace

struct LeastSquares::Model {
  Layout layout;
  Design design;
  Basis basis;
  Eigen::LLT<MatrixXd> cholesky;  // of the kept columns' products
  MatrixXd mixes, inverse;        // of dependent columns from kept ones; of the products

  VectorXd Solve(const VectorXd& values) const {
    const VectorXd centred = WithoutBlockMeans(layout, values);
    VectorXd sums = VectorXd::Zero(static_cast<Index>(layout.cells.size()));
    for (Index run = 0; run < centred.size(); ++run) {
      sums[layout.cell_of[static_cast<size_t>(run)]] += centred[run];
    }
    const VectorXd products = design.columns.transpose() * sums;
    return cholesky.solve(VectorXd(products(basis.kept)));
  }

  // Read off the runs, not the normal equations, which lose it among larger sums.
  double ResidualSumOfSquares(const VectorXd& values, const VectorXd& coefficients) const {
    VectorXd all = VectorXd::Zero(design.columns.cols());
    all(basis.kept) = coefficients;
    const VectorXd fitted = design.columns * all;
    VectorXd residuals = values;
    for (Index run = 0; run < residuals.size(); ++run) {
      residuals[run] -= fitted[layout.cell_of[static_cast<size_t>(run)]];
    }
    return WithoutBlockMeans(layout, std::move(residuals)).squaredNorm();
  }
};

LeastSquares::LeastSquares(std::span<const DesignPoint> points, ModelTerms terms) {
  if (points.empty()) return;
  auto model = std::make_shared<Model>();
  model->layout = LayOut(points);
  model->design = CodeDesign(model->layout.cells, terms);
  if (model->design.columns.cols() == 0) return;  // nothing varies
  const MatrixXd products = ProductsWithoutBlockMeans(model->layout, model->design);
  model->basis = FindBasis(products);
  const auto& [kept, dependent] = model->basis;
  if (kept.empty()) return;
  model->cholesky.compute(products(kept, kept));
  model->mixes = model->cholesky.solve(MatrixXd(products(kept, dependent)));
  const auto size = static_cast<Index>(kept.size());
  model->inverse = model->cholesky.solve(MatrixXd::Identity(size, size));
  model_ = std::move(model);
}

LeastSquaresFit LeastSquares::Fit(std::span<const double> values) const {
  if (!model_) return {};
  const VectorXd centred = LessTheirMean(values);
  const VectorXd coefficients = model_->Solve(centred);
  LeastSquaresFit fit;
  fit.residual_sum_of_squares = model_->ResidualSumOfSquares(centred, coefficients);
  fit.residual_degrees =
      static_cast<int64_t>(values.size()) - model_->layout.blocks - coefficients.size();
  const auto residual = ResidualSpread(fit, values.front() - centred[0]);
  for (const Columns& term : model_->design.terms) {
    const std::vector<Index> places = PlacesOf(term, model_->basis, model_->mixes);
    if (places.empty()) continue;
    // How much the residual would grow without the term.
    const VectorXd own = coefficients(places);
    const MatrixXd spread = model_->inverse(places, places);
    fit.terms.push_back(Test(term, own.dot(spread.llt().solve(own)), residual));
  }
  return fit;
}

LeastSquaresFit FitLeastSquares(std::span<const DesignPoint> points, ModelTerms terms) {
  std::vector<double> values;
  for (const DesignPoint& point : points) values.push_back(point.value);
  return LeastSquares(points, terms).Fit(values);
}

}  // namespace ablate
