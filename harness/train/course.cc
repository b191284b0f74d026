#include "harness/train/course.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ablate {
namespace {

// A training whose mean loss over a whole window is so many times that of its first update will not
// come back.
constexpr double kExplosion = 2;
// So many halvings bring any loss scale to where every gradient is zero.
constexpr int64_t kSkipsInARow = 100;

void AddTo(std::optional<double>& sum, const std::optional<double>& seconds) {
  if (seconds) sum = sum.value_or(0) + *seconds;
}

template <typename... Parts>
std::string Text(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

}  // namespace

Course::Course(const TargetSettings& target, int64_t train_examples)
    : target_(target),
      max_examples_(
          static_cast<int64_t>(std::ceil(target.max_epochs * static_cast<double>(train_examples)))),
      evaluate_every_examples_(target.evaluate_every_examples > 0 ? target.evaluate_every_examples
                                                                  : train_examples),
      window_(target.window_examples > 0 ? target.window_examples : train_examples) {}

void Course::Add(const UpdateFacts& facts) {
  if (!divergence_.empty()) return;
  Count(facts);
  CheckDivergence(facts);
  if (!divergence_.empty()) return;
  if (std::isfinite(facts.loss)) window_.Add(facts.examples, facts.target_tokens, facts.loss);
  const std::optional<double> mean = window_.mean();
  if (mean && *mean > kExplosion * initial_loss_.value_or(*mean)) {
    divergence_ = Text("the training loss rose to ", *mean, ", over ", kExplosion,
                       " times that of the first update (", *initial_loss_, ")");
    return;
  }
  if (target_.metric == "train_loss" && mean && *mean <= target_.value) Cross();
}

void Course::Count(const UpdateFacts& facts) {
  last_ = facts;
  now_ = {facts.update, now_.examples + facts.examples, now_.target_tokens + facts.target_tokens,
          facts.train_s};
  totals_.source_tokens += facts.source_tokens;
  totals_.padded_source_tokens += facts.padded_source_tokens;
  totals_.padded_target_tokens += facts.padded_target_tokens;
  totals_.skipped_updates += facts.skipped ? 1 : 0;
  totals_.model_flops += facts.model_flops;
  totals_.update_seconds.push_back(facts.seconds);
  AddTo(totals_.phases.load, facts.phases.load);
  AddTo(totals_.phases.h2d, facts.phases.h2d);
  AddTo(totals_.phases.forward, facts.phases.forward);
  AddTo(totals_.phases.backward, facts.phases.backward);
  AddTo(totals_.phases.optimizer, facts.phases.optimizer);
}

void Course::CheckDivergence(const UpdateFacts& facts) {
  skipped_in_a_row_ = facts.skipped ? skipped_in_a_row_ + 1 : 0;
  if (skipped_in_a_row_ >= kSkipsInARow) {
    divergence_ = Text("the loss scaler skipped ", kSkipsInARow, " updates in a row up to update ",
                       facts.update);
  } else if (!facts.skipped && !std::isfinite(facts.loss)) {
    divergence_ = Text("the loss is not finite at update ", facts.update);
  } else if (!initial_loss_ && std::isfinite(facts.loss)) {
    initial_loss_ = facts.loss;
  }
}

void Course::Cross() {
  if (crossing_ || now_.train_s > target_.max_seconds) return;
  crossing_ = now_;
  crossing_train_loss_ = window_.mean();
  MarkReading();
}

void Course::MarkReading() {
  const bool has_row = !curve_.empty() && curve_.back().update == now_.update;
  if (now_.update > 0 && !has_row) curve_.push_back(Row());
}

void Course::AddValidation(double valid_loss) {
  if (!std::isfinite(valid_loss)) {
    divergence_ = Text("the validation loss is not finite after update ", now_.update);
    return;
  }
  valid_loss_ = valid_loss;
  best_valid_loss_ = std::min(valid_loss, best_valid_loss_.value_or(valid_loss));
  MarkReading();
  if (!curve_.empty()) curve_.back().valid_loss = valid_loss;
  if (target_.metric == "valid_loss" && valid_loss <= target_.value) Cross();
}

CurveRow Course::Row() const {
  return {.update = now_.update,
          .examples = now_.examples,
          .target_tokens = now_.target_tokens,
          .train_s = now_.train_s,
          .learning_rate = last_.learning_rate,
          .train_loss = window_.mean(),
          .valid_loss = std::nullopt,
          .grad_norm = last_.grad_norm,
          .loss_scale = last_.loss_scale};
}

std::optional<double> Course::reached_train_loss() const {
  return crossing_ ? crossing_train_loss_ : window_.mean();
}

std::string Course::OverBudget() const {
  if (now_.examples >= max_examples_) return Text("trained max_epochs = ", target_.max_epochs);
  if (now_.train_s >= target_.max_seconds)
    return Text("trained max_seconds = ", target_.max_seconds);
  return "";
}

}  // namespace ablate
