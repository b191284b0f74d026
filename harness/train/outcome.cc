#include "harness/train/outcome.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ablate {
namespace {

Record::Number Finite(std::optional<double> value) {
  return value && std::isfinite(*value) ? value : std::nullopt;
}

void DescribeThroughput(const Course& course, std::optional<double> matrix_flops_per_s,
                        Record& record) {
  const Milestone& now = course.now();
  const Totals& totals = course.totals();
  if (now.update == 0 || now.train_s <= 0) return;
  const auto rate = [&](auto count) { return static_cast<double>(count) / now.train_s; };
  const int64_t padded = totals.padded_source_tokens + totals.padded_target_tokens;
  auto& throughput = record.throughput;
  throughput.target_tokens_per_s = rate(now.target_tokens);
  throughput.source_tokens_per_s = rate(totals.source_tokens);
  throughput.padded_tokens_per_s = rate(padded);
  throughput.examples_per_s = rate(now.examples);
  throughput.updates_per_s = rate(now.update);
  throughput.update_ms_p50 = 1000 * Quantile(totals.update_seconds, 0.5);
  throughput.update_ms_p95 = 1000 * Quantile(totals.update_seconds, 0.95);
  throughput.padding_efficiency =
      static_cast<double>(totals.source_tokens + now.target_tokens) / static_cast<double>(padded);
  throughput.model_flops_per_s = rate(totals.model_flops);
  if (matrix_flops_per_s && *matrix_flops_per_s > 0) {
    throughput.mfu = *throughput.model_flops_per_s / *matrix_flops_per_s;
  }
}

bool IsSpoilt(const GpuObservations& gpu, Status status) {
  const bool is_measured = status == Status::kReached || status == Status::kNotReached;
  const bool has_cause = status == Status::kDiverged || status == Status::kOutOfMemory;
  return (is_measured && !gpu.invalid_because.empty()) || (has_cause && gpu.outcome_is_suspect);
}

}  // namespace

void DescribeCourse(const Course& course, std::optional<double> matrix_flops_per_s,
                    Record& record) {
  const Milestone& now = course.now();
  record.updates = now.update;
  record.examples = now.examples;
  record.time.train_s = now.train_s;
  record.loss.train = Finite(course.reached_train_loss());
  record.loss.valid = Finite(course.valid_loss());
  record.loss.best_valid = Finite(course.best_valid_loss());
  const PhaseSeconds& phases = course.totals().phases;
  record.phases = {phases.load, phases.h2d, phases.forward, phases.backward, phases.optimizer};
  DescribeThroughput(course, matrix_flops_per_s, record);
  if (const int64_t skipped = course.totals().skipped_updates; skipped > 0) {
    record.notes.push_back("the loss scaler skipped " + std::to_string(skipped) + " of " +
                           std::to_string(now.update) + " updates");
  }
  if (const auto& crossing = course.crossing()) {
    record.time_to_target_s = crossing->train_s;
    record.examples_to_target = crossing->examples;
    record.updates_to_target = crossing->update;
    record.target_tokens_to_target = crossing->target_tokens;
  }
}

void JudgeCourse(const Course& course, bool stopped, Record& record) {
  record.reason.clear();
  if (course.crossing()) {
    record.status = Status::kReached;
  } else if (!course.divergence().empty()) {
    record.status = Status::kDiverged;
    record.reason = course.divergence();
  } else if (stopped) {
    record.status = Status::kInterrupted;
    record.reason = "asked to stop";
  } else {
    record.status = Status::kNotReached;
    record.reason = course.OverBudget();
  }
}

void DescribeGpu(const GpuObservations& gpu, Record& record) {
  record.energy_j = gpu.energy_j;
  record.gpu.sm_clock_mhz = {gpu.sm_clock_mhz.Min(), gpu.sm_clock_mhz.Mean()};
  record.gpu.memory_clock_mhz = {gpu.memory_clock_mhz.Min(), gpu.memory_clock_mhz.Mean()};
  record.gpu.power_w = {gpu.power_w.Mean(), gpu.power_w.Max()};
  record.notes.insert(record.notes.end(), gpu.notes.begin(), gpu.notes.end());
  if (!IsSpoilt(gpu, record.status)) return;
  std::string reason;
  for (const std::string& because : gpu.invalid_because)
    reason += (reason.empty() ? "" : "; ") + because;
  if (record.status == Status::kDiverged || record.status == Status::kOutOfMemory)
    reason += "; it ended as " + std::string(Name(record.status)) + ": " + record.reason;
  record.status = Status::kInvalid;
  record.reason = std::move(reason);
}

double Quantile(std::span<const double> values, double q) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

}  // namespace ablate
