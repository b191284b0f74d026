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

// What the way to the target took, of a run that may have stopped on it.
Observed Total(const Record& record, Observed value) {
  if (value) value->censored = record.status == Status::kNotReached;
  return value;
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

Observed Energy(const Record& r) {
  return Trained(r) ? Total(r, Positive(r.energy_j)) : std::nullopt;
}
Observed Bleu(const Record& r) { return Plain(r, r.quality.bleu); }
Observed TrainLoss(const Record& r) { return Plain(r, r.loss.train); }
Observed ValidLoss(const Record& r) { return Plain(r, r.loss.valid); }
Observed Evaluate(const Record& r) { return Total(r, Plain(r, r.time.evaluate_s)); }
Observed EvaluatePerExample(const Record& r) {
  return r.time.evaluate_s ? PerExample(r, *r.time.evaluate_s) : std::nullopt;
}
Observed BestValidLoss(const Record& r) { return Plain(r, r.loss.best_valid); }

constexpr AtStop kTotal = AtStop::kTotal, kOutcome = AtStop::kOutcome, kRate = AtStop::kRate;
using Cell = CellSummary;

constexpr Response kResponses[] = {
    {"time_to_target_s", &Cell::time_to_target_s, &Time, kTotal, true, true},
    {"examples_to_target", &Cell::examples_to_target, &Examples, kTotal, true, true},
    {"seconds_per_example", &Cell::seconds_per_example, &SecondsPerExample, kRate, true, true},
    {"target_tokens_per_s", &Cell::target_tokens_per_s,
     kThroughput<&Throughput::target_tokens_per_s>, kRate, true, true},
    {"device_peak_allocated_bytes", &Cell::device_peak_allocated_bytes,
     kMemory<&Memory::device_peak_allocated_bytes>, kRate, true, true},
    {"host_peak_rss_bytes", &Cell::host_peak_rss_bytes, kMemory<&Memory::host_peak_rss_bytes>,
     kRate, true, true},
    {"energy_j", &Cell::energy_j, &Energy, kTotal, true, true},
    {"padded_tokens_per_s", &Cell::padded_tokens_per_s,
     kThroughput<&Throughput::padded_tokens_per_s>},
    {"padding_efficiency", &Cell::padding_efficiency, kThroughput<&Throughput::padding_efficiency>},
    {"update_ms_p50", &Cell::update_ms_p50, kThroughput<&Throughput::update_ms_p50>},
    {"mfu", &Cell::mfu, kThroughput<&Throughput::mfu>},
    {"bleu", &Cell::bleu, &Bleu, kOutcome, false, true},
    {"train_loss", &Cell::train_loss, &TrainLoss, kOutcome, false},
    {"valid_loss", &Cell::valid_loss, &ValidLoss, kOutcome, false},
    {"best_valid_loss", &Cell::best_valid_loss, &BestValidLoss, kOutcome, false, true},
    {"load_s_per_example", &Cell::load_s, &PhasePerExample<&Phases::load_s>, kRate, false},
    {"h2d_s_per_example", &Cell::h2d_s, &PhasePerExample<&Phases::h2d_s>, kRate, false},
    {"forward_s_per_example", &Cell::forward_s, &PhasePerExample<&Phases::forward_s>, kRate, false},
    {"backward_s_per_example", &Cell::backward_s, &PhasePerExample<&Phases::backward_s>, kRate,
     false},
    {"optimizer_s_per_example", &Cell::optimizer_s, &PhasePerExample<&Phases::optimizer_s>, kRate,
     false},
    {"evaluate_s", &Cell::evaluate_s, &Evaluate, kTotal, false},
    {"evaluate_s_per_example", &Cell::evaluate_s_per_example, &EvaluatePerExample, kRate, false},
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
