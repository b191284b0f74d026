#include "harness/train/loss_window.h"

namespace ablate {

void LossWindow::Add(int64_t examples, int64_t tokens, double mean_loss) {
  entries_.push_back({examples, tokens, mean_loss * static_cast<double>(tokens)});
  held_ += examples;
  while (held_ - entries_.front().examples >= wanted_) {
    held_ -= entries_.front().examples;
    entries_.pop_front();
  }
}

std::optional<double> LossWindow::mean() const {
  if (held_ < wanted_) return std::nullopt;
  // Summed afresh: a running sum would drift, and would never recover from an infinite loss.
  double loss_sum = 0;
  int64_t tokens = 0;
  for (const Entry& entry : entries_) {
    loss_sum += entry.loss_sum;
    tokens += entry.tokens;
  }
  return loss_sum / static_cast<double>(tokens);
}

}  // namespace ablate
