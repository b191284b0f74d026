// The record of one run: a line of records.jsonl. Absent values are null; no NaN or Infinity is
// written.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ablate {

inline constexpr int kRecordSchemaVersion = 1;

enum class Status {
  kReached,
  kNotReached,
  kOutOfMemory,
  kDiverged,
  kTimedOut,
  kFailed,
  kInvalid,
  kSkipped,
  kInterrupted
};
std::string_view Name(Status status);
// True for what resuming keeps: everything but failed, timed_out, invalid and interrupted.
bool IsFinal(Status status);

struct Record {
  using Number = std::optional<double>;
  using Count = std::optional<int64_t>;

  // Identity, filled by the driver.
  std::string suite;
  std::string cell;
  std::vector<std::pair<std::string, std::string>> factors;
  uint64_t seed = 0;
  int64_t block = 0;
  int64_t position = 0;
  std::string cell_id;
  std::string run_id;
  int64_t processes = 1;  // that train it together

  // Outcome, filled by the worker, or by the driver where the worker could not.
  Status status = Status::kFailed;
  std::string reason;
  std::string target_metric;
  double target_value = 0;
  Number time_to_target_s;
  Count examples_to_target, updates_to_target, target_tokens_to_target;
  struct {
    Number setup_s, warmup_s, train_s, evaluate_s, wall_s;
  } time;
  struct {
    Number target_tokens_per_s, source_tokens_per_s, padded_tokens_per_s, examples_per_s,
        updates_per_s;
    Number update_ms_p50, update_ms_p95, padding_efficiency, model_flops_per_s, mfu;
  } throughput;
  struct {
    Count device_peak_allocated_bytes, device_peak_reserved_bytes, device_process_bytes,
        host_peak_rss_bytes;
  } memory;
  Number energy_j;
  struct {
    struct {
      Number min, mean;
    } sm_clock_mhz, memory_clock_mhz;
    struct {
      Number mean, max;
    } power_w;
  } gpu;  // while it trained; of several GPUs the least, the mean and the greatest of any
  struct {
    Number train, valid, best_valid;
  } loss;
  struct {
    Number bleu;
    std::string signature;
    Count sentences;
  } quality;
  struct {
    Count total, unique, embedding;
  } parameters;  // total: as if nothing were shared
  struct {
    Number load_s, h2d_s, forward_s, backward_s, optimizer_s;
  } phases;
  Count updates, examples;  // trained in all
  // The kernels of attention that training chose, as in "flash", or several with commas between.
  std::string attention_kernel;
  std::vector<std::string> notes;

  std::string environment;  // hash of environment.json
  std::string started_at;   // UTC, ISO 8601
  int64_t attempts = 1;
};

nlohmann::json ToJson(const Record& record);
// Throws Error on a record of another schema version, with missing identity, or with a value of the
// wrong type or out of its type's range. Keys that it does not know are left aside; `factors` come
// back in the order in which the cell's name lists them.
Record RecordFromJson(const nlohmann::json& json);

// Throws Error, naming the value, where a time, count, rate or size can't be what it says: it is
// negative, or a share or a BLEU that is beyond its scale.
void CheckPossible(const Record& record);

// One line, without its line break. Text that isn't UTF-8 (a log's last words) is mended, never
// refused.
std::string ToLine(const nlohmann::json& json);

}  // namespace ablate
