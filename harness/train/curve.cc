#include "harness/train/curve.h"

#include <array>
#include <charconv>
#include <cmath>

namespace ablate {
namespace {

std::string Field(double value) {
  if (!std::isfinite(value)) return "";
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string Field(const std::optional<double>& value) { return value ? Field(*value) : ""; }

}  // namespace

std::string CurveCsv(const std::vector<CurveRow>& rows) {
  std::string text =
      "update,examples,target_tokens,train_s,learning_rate,train_loss,valid_loss,grad_norm,loss_"
      "scale\n";
  for (const CurveRow& row : rows) {
    text += std::to_string(row.update) + ',' + std::to_string(row.examples) + ',' +
            std::to_string(row.target_tokens) + ',' + Field(row.train_s) + ',' +
            Field(row.learning_rate) + ',' + Field(row.train_loss) + ',' + Field(row.valid_loss) +
            ',' + Field(row.grad_norm) + ',' + Field(row.loss_scale) + '\n';
  }
  return text;
}

}  // namespace ablate
