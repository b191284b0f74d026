// The training loss: a token-weighted mean over the trailing examples. No Torch.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace ablate {

// The last updates that together hold at least `examples` examples, and no more of them than
// needed.
class LossWindow {
 public:
  explicit LossWindow(int64_t examples) : wanted_(examples) {}

  // An update of `examples` examples with `tokens` real target tokens and a mean loss a token.
  void Add(int64_t examples, int64_t tokens, double mean_loss);

  // Nothing until the window is full.
  std::optional<double> mean() const;

 private:
  struct Entry {
    int64_t examples;
    int64_t tokens;
    double loss_sum;
  };

  int64_t wanted_;
  int64_t held_ = 0;  // examples
  std::deque<Entry> entries_;
};

}  // namespace ablate
