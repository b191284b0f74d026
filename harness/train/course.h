// The course of a training towards its target: what was trained, when the target was crossed, what
// ended it. No Torch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/settings.h"
#include "harness/train/curve.h"
#include "harness/train/loss_window.h"
#include "harness/train/update_facts.h"

namespace ablate {

// A point of the training: after an update.
struct Milestone {
  int64_t update = 0;
  int64_t examples = 0;
  int64_t target_tokens = 0;
  double train_s = 0;
};

// Sums over all updates.
struct Totals {
  int64_t source_tokens = 0;
  int64_t padded_source_tokens = 0;
  int64_t padded_target_tokens = 0;
  int64_t skipped_updates = 0;
  double model_flops = 0;
  PhaseSeconds phases;  // a phase that no update could tell apart stays absent
  std::vector<double> update_seconds;
};

// Takes updates one by one, as they are read, and dates the crossing to its exact update, however
// many were read at once.
class Course {
 public:
  // `train_examples`: size of an epoch, for settings that default to one.
  Course(const TargetSettings& target, int64_t train_examples);

  // The next update. After the crossing updates are counted, but the crossing stays.
  void Add(const UpdateFacts& facts);
  // The updates that were read together end here: a row of the curve.
  void MarkReading();
  // The validation loss after the last update; follows a MarkReading.
  void AddValidation(double valid_loss);

  const Milestone& now() const { return now_; }
  const Totals& totals() const { return totals_; }
  const std::vector<CurveRow>& curve() const { return curve_; }
  std::optional<double> train_loss() const { return window_.mean(); }
  std::optional<double> valid_loss() const { return valid_loss_; }
  std::optional<double> best_valid_loss() const { return best_valid_loss_; }

  const std::optional<Milestone>& crossing() const { return crossing_; }
  // The training loss at the crossing, where there was one, else now.
  std::optional<double> reached_train_loss() const;
  // Why the training cannot go on; empty while it can.
  const std::string& divergence() const { return divergence_; }
  // Why there is no time left; empty while there is.
  std::string OverBudget() const;

  // Examples after which max_epochs are trained, and between evaluations.
  int64_t max_examples() const { return max_examples_; }
  int64_t evaluate_every_examples() const { return evaluate_every_examples_; }

 private:
  void Count(const UpdateFacts& facts);
  void CheckDivergence(const UpdateFacts& facts);
  void Cross();
  CurveRow Row() const;

  TargetSettings target_;
  int64_t max_examples_;
  int64_t evaluate_every_examples_;
  LossWindow window_;

  UpdateFacts last_;
  Milestone now_;
  Totals totals_;
  std::vector<CurveRow> curve_;
  std::optional<double> initial_loss_;
  int64_t skipped_in_a_row_ = 0;
  std::optional<double> valid_loss_, best_valid_loss_;
  std::optional<Milestone> crossing_;
  std::optional<double> crossing_train_loss_;
  std::string divergence_;
};

}  // namespace ablate
