// What is known of one update once its loss has been read. No Torch.
#pragma once

#include <cstdint>
#include <optional>

namespace ablate {

// Seconds that an update spent in each of its phases; absent where a phase can't be told apart.
struct PhaseSeconds {
  std::optional<double> load, h2d, forward, backward, optimizer;
};

struct UpdateFacts {
  int64_t update = 0;  // from 1
  int64_t examples = 0;
  int64_t source_tokens = 0;  // real
  int64_t target_tokens = 0;  // real, of target_out
  int64_t padded_source_tokens = 0;
  int64_t padded_target_tokens = 0;
  double model_flops = 0;  // of the real tokens, forward and backward
  double loss = 0;         // label-smoothed cross-entropy a real target token
  double learning_rate = 0;
  std::optional<double> grad_norm;   // before clipping
  std::optional<double> loss_scale;  // where the loss is scaled
  bool skipped = false;              // by the loss scaler: parameters and schedule stayed
  double seconds = 0;                // on the train clock
  double train_s = 0;                // the train clock at its end
  PhaseSeconds phases;
};

}  // namespace ablate
