// curve.csv: how loss and schedule went. No Torch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ablate {

// One row a reading of the loss, and one at the crossing.
struct CurveRow {
  int64_t update = 0;
  int64_t examples = 0;
  int64_t target_tokens = 0;
  double train_s = 0;
  double learning_rate = 0;
  std::optional<double> train_loss;  // of the window; empty until it is full
  std::optional<double> valid_loss;  // where it was evaluated after this update
  std::optional<double> grad_norm;   // before clipping
  std::optional<double> loss_scale;

  bool operator==(const CurveRow&) const = default;
};

// A header and a line a row; numbers in the shortest form that reads back to the same double. What
// is absent or not finite is empty.
std::string CurveCsv(const std::vector<CurveRow>& rows);

}  // namespace ablate
