#include "harness/report/responses.h"

#include <array>

namespace ablate {
namespace {

using Observed = std::optional<Observation>;

bool Trained(const Record& record) {
  return record.status == Status::kReached || record.status == Status::kNotReached;
}

// Ratios and geometric means need values above zero.
template <typename T>
Observed Positive(const std::optional<T>& value, bool censored = false) {
  if (!value || !(*value > 0)) return std::nullopt;
  return Observation{static_cast<double>(*value), censored};
}

Observed Time(const Record& record) {
  if (record.status == Status::kReached) return Positive(record.time_to_target_s);
  if (record.status == Status::kNotReached) return Positive(record.time.train_s, true);
  return std::nullopt;
}

Observed Examples(const Record& record) {
  if (record.status == Status::kReached) return Positive(record.examples_to_target);
  if (record.status == Status::kNotReached) return Positive(record.examples, true);
  return std::nullopt;
}

// Known for a censored run too: it is time divided by examples as far as it came.
Observed SecondsPerExample(const Record& record) {
  const Observed time = Time(record);
  const Observed examples = Examples(record);
  if (!time || !examples) return std::nullopt;
  return Observation{time->value / examples->value, false};
}

template <auto Group, auto Member>
Observed Measured(const Record& record) {
  if (!Trained(record)) return std::nullopt;
  return Positive((record.*Group).*Member);
}

// A value that may be zero; its mean is arithmetic.
Observed Plain(const Record& record, const std::optional<double>& value) {
  if (!Trained(record) || !value) return std::nullopt;
  return Observation{*value, false};
}

Observed PerExample(const Record& record, double seconds) {
  if (!Trained(record) || !Positive(record.examples)) return std::nullopt;
  return Observation{seconds / static_cast<double>(*record.examples), false};
}

// A phase of training, an example.
template <auto Member>
Observed PhasePerExample(const Record& record) {
  const auto& seconds = record.phases.*Member;
  return seconds ? PerExample(record, *seconds) : std::nullopt;
}

using Throughput = decltype(Record::throughput);
using Memory = decltype(Record::memory);
using Phases = decltype(Record::phases);
template <auto Member>
constexpr auto kThroughput = &Measured<&Record::throughput, Member>;
template <auto Member>
constexpr auto kMemory = &Measured<&Record::memory, Member>;

Observed Energy(const Record& r) { return Trained(r) ? Positive(r.energy_j) : std::nullopt; }
Observed Bleu(const Record& r) { return Plain(r, r.quality.bleu); }
Observed TrainLoss(const Record& r) { return Plain(r, r.loss.train); }
Observed ValidLoss(const Record& r) { return Plain(r, r.loss.valid); }
Observed Evaluate(const Record& r) { return Plain(r, r.time.evaluate_s); }
Observed EvaluatePerExample(const Record& r) {
  return r.time.evaluate_s ? PerExample(r, *r.time.evaluate_s) : std::nullopt;
}
Observed BestValidLoss(const Record& r) { return Plain(r, r.loss.best_valid); }

constexpr Response kResponses[] = {
    {"time_to_target_s", &CellSummary::time_to_target_s, &Time, true, true, true},
    {"examples_to_target", &CellSummary::examples_to_target, &Examples, true, true, true},
    {"seconds_per_example", &CellSummary::seconds_per_example, &SecondsPerExample, true, false,
     true},
    {"target_tokens_per_s", &CellSummary::target_tokens_per_s,
     kThroughput<&Throughput::target_tokens_per_s>, true, false, true},
    {"device_peak_allocated_bytes", &CellSummary::device_peak_allocated_bytes,
     kMemory<&Memory::device_peak_allocated_bytes>, true, false, true},
    {"host_peak_rss_bytes", &CellSummary::host_peak_rss_bytes,
     kMemory<&Memory::host_peak_rss_bytes>, true, false, true},
    {"energy_j", &CellSummary::energy_j, &Energy, true, false, true},
    {"padded_tokens_per_s", &CellSummary::padded_tokens_per_s,
     kThroughput<&Throughput::padded_tokens_per_s>},
    {"padding_efficiency", &CellSummary::padding_efficiency,
     kThroughput<&Throughput::padding_efficiency>},
    {"update_ms_p50", &CellSummary::update_ms_p50, kThroughput<&Throughput::update_ms_p50>},
    {"mfu", &CellSummary::mfu, kThroughput<&Throughput::mfu>},
    {"bleu", &CellSummary::bleu, &Bleu, false},
    {"train_loss", &CellSummary::train_loss, &TrainLoss, false},
    {"valid_loss", &CellSummary::valid_loss, &ValidLoss, false},
    {"best_valid_loss", &CellSummary::best_valid_loss, &BestValidLoss, false},
    {"load_s_per_example", &CellSummary::load_s, &PhasePerExample<&Phases::load_s>, false},
    {"h2d_s_per_example", &CellSummary::h2d_s, &PhasePerExample<&Phases::h2d_s>, false},
    {"forward_s_per_example", &CellSummary::forward_s, &PhasePerExample<&Phases::forward_s>, false},
    {"backward_s_per_example", &CellSummary::backward_s, &PhasePerExample<&Phases::backward_s>,
     false},
    {"optimizer_s_per_example", &CellSummary::optimizer_s, &PhasePerExample<&Phases::optimizer_s>,
     false},
    {"evaluate_s", &CellSummary::evaluate_s, &Evaluate, false},
    {"evaluate_s_per_example", &CellSummary::evaluate_s_per_example, &EvaluatePerExample, false},
};

}  // namespace

std::span<const Response> AllResponses() { return kResponses; }
const Response& TimeToTarget() { return kResponses[0]; }
const Response& ExamplesToTarget() { return kResponses[1]; }

bool IsEvidence(Status status) {
  return status == Status::kReached || status == Status::kNotReached ||
         status == Status::kDiverged || status == Status::kOutOfMemory;
}

}  // namespace ablate
