#include "harness/run/record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>

#include "model/error.h"

namespace ablate {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<Status, std::string_view>, 9> kStatusNames = {{
    {Status::kReached, "reached"},
    {Status::kNotReached, "not_reached"},
    {Status::kOutOfMemory, "out_of_memory"},
    {Status::kDiverged, "diverged"},
    {Status::kTimedOut, "timed_out"},
    {Status::kFailed, "failed"},
    {Status::kInvalid, "invalid"},
    {Status::kSkipped, "skipped"},
    {Status::kInterrupted, "interrupted"},
}};

// The one list of a record's keys (but status and factors); writing and reading both walk it.
template <typename AnyRecord, typename Visitor>
void VisitFields(AnyRecord& r, const Visitor& visit) {
  visit("/suite", r.suite);
  visit("/cell", r.cell);
  visit("/seed", r.seed);
  visit("/block", r.block);
  visit("/position", r.position);
  visit("/cell_id", r.cell_id);
  visit("/run_id", r.run_id);
  visit("/processes", r.processes);
  visit("/reason", r.reason);
  visit("/target/metric", r.target_metric);
  visit("/target/value", r.target_value);
  visit("/time_to_target_s", r.time_to_target_s);
  visit("/examples_to_target", r.examples_to_target);
  visit("/updates_to_target", r.updates_to_target);
  visit("/target_tokens_to_target", r.target_tokens_to_target);
  visit("/time/setup_s", r.time.setup_s);
  visit("/time/warmup_s", r.time.warmup_s);
  visit("/time/train_s", r.time.train_s);
  visit("/time/evaluate_s", r.time.evaluate_s);
  visit("/time/wall_s", r.time.wall_s);
  visit("/throughput/target_tokens_per_s", r.throughput.target_tokens_per_s);
  visit("/throughput/source_tokens_per_s", r.throughput.source_tokens_per_s);
  visit("/throughput/padded_tokens_per_s", r.throughput.padded_tokens_per_s);
  visit("/throughput/examples_per_s", r.throughput.examples_per_s);
  visit("/throughput/updates_per_s", r.throughput.updates_per_s);
  visit("/throughput/update_ms_p50", r.throughput.update_ms_p50);
  visit("/throughput/update_ms_p95", r.throughput.update_ms_p95);
  visit("/throughput/padding_efficiency", r.throughput.padding_efficiency);
  visit("/throughput/model_flops_per_s", r.throughput.model_flops_per_s);
  visit("/throughput/mfu", r.throughput.mfu);
  visit("/memory/device_peak_allocated_bytes", r.memory.device_peak_allocated_bytes);
  visit("/memory/device_peak_reserved_bytes", r.memory.device_peak_reserved_bytes);
  visit("/memory/device_process_bytes", r.memory.device_process_bytes);
  visit("/memory/host_peak_rss_bytes", r.memory.host_peak_rss_bytes);
  visit("/energy_j", r.energy_j);
  visit("/gpu/sm_clock_mhz/min", r.gpu.sm_clock_mhz.min);
  visit("/gpu/sm_clock_mhz/mean", r.gpu.sm_clock_mhz.mean);
  visit("/gpu/memory_clock_mhz/min", r.gpu.memory_clock_mhz.min);
  visit("/gpu/memory_clock_mhz/mean", r.gpu.memory_clock_mhz.mean);
  visit("/gpu/power_w/mean", r.gpu.power_w.mean);
  visit("/gpu/power_w/max", r.gpu.power_w.max);
  visit("/loss/train", r.loss.train);
  visit("/loss/valid", r.loss.valid);
  visit("/loss/best_valid", r.loss.best_valid);
  visit("/quality/bleu", r.quality.bleu);
  visit("/quality/signature", r.quality.signature);
  visit("/quality/sentences", r.quality.sentences);
  visit("/parameters/total", r.parameters.total);
  visit("/parameters/unique", r.parameters.unique);
  visit("/parameters/embedding", r.parameters.embedding);
  visit("/phases/load_s", r.phases.load_s);
  visit("/phases/h2d_s", r.phases.h2d_s);
  visit("/phases/forward_s", r.phases.forward_s);
  visit("/phases/backward_s", r.phases.backward_s);
  visit("/phases/optimizer_s", r.phases.optimizer_s);
  visit("/updates", r.updates);
  visit("/examples", r.examples);
  visit("/attention_kernel", r.attention_kernel);
  visit("/notes", r.notes);
  visit("/environment", r.environment);
  visit("/started_at", r.started_at);
  visit("/attempts", r.attempts);
}

Json Value(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json Value(const Record::Number& value) { return value ? Value(*value) : Json(nullptr); }
Json Value(const Record::Count& value) { return value ? Json(*value) : Json(nullptr); }
template <typename T>
Json Value(const T& value) {
  return value;
}

template <typename T>
void Assign(const Json& json, T& value) {
  value = json.get<T>();
}
void Assign(const Json& json, double& value) {
  if (!json.is_number()) throw Error("is not a number");
  value = json.get<double>();
}
template <std::integral T>
void Assign(const Json& json, T& value) {
  const bool fits = json.is_number_unsigned()
                        ? std::in_range<T>(json.get<uint64_t>())
                        : json.is_number_integer() && std::in_range<T>(json.get<int64_t>());
  if (!fits) throw Error("is not a whole number within its range");
  value = json.get<T>();
}
template <typename T>
void Assign(const Json& json, std::optional<T>& value) {
  Assign(json, value.emplace());
}

template <typename T>
void RefuseBeyond(std::string_view path, const T& value, double most) {
  const auto number = static_cast<double>(value);
  if (number >= 0 && number <= most) return;
  throw Error(std::string(path.substr(1)) + " can't be " + Json(value).dump());
}

Status StatusFromName(std::string_view name) {
  for (const auto& [status, known] : kStatusNames) {
    if (name == known) return status;
  }
  throw Error("there is no status '" + std::string(name) + "'");
}

const Json& Identity(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) {
    throw Error("record: \"" + std::string(key) + "\" is missing; the line is no complete record");
  }
  return *found;
}

void CheckIdentity(const Json& json) {
  if (!json.is_object()) throw Error("record: expected a JSON object");
  const Json& version = Identity(json, "schema_version");
  if (version != kRecordSchemaVersion) {
    // Not dumped where it is an array or an object, which may be nested deeper than the stack is.
    const std::string found = version.is_primitive() ? version.dump() : version.type_name();
    throw Error("record: schema_version is " + found + ", this program reads " +
                std::to_string(kRecordSchemaVersion));
  }
  for (const char* key : {"suite", "cell", "factors", "seed", "cell_id", "run_id", "status"}) {
    Identity(json, key);
  }
}

// The value at "/time/train_s"; null where there is none. A JSON pointer of the library's splits
// the path into strings each time, which of ten thousand records takes as long as the parsing.
const Json* At(const Json& json, std::string_view path) {
  const Json* value = &json;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view key = path.substr(0, path.find('/'));
    path.remove_prefix(key.size());
    const auto found = value->find(key);
    if (found == value->end()) return nullptr;
    value = &*found;
  }
  return value;
}

// A JSON object has no order; the cell's name does.
void OrderAsNamed(Record& record) {
  const auto place = [&](const auto& factor) {
    return record.cell.find(factor.first + "=" + factor.second);
  };
  std::stable_sort(record.factors.begin(), record.factors.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

}  // namespace

std::string_view Name(Status status) {
  for (const auto& [known, name] : kStatusNames) {
    if (status == known) return name;
  }
  return "failed";
}

bool IsFinal(Status status) {
  return status != Status::kFailed && status != Status::kTimedOut && status != Status::kInvalid &&
         status != Status::kInterrupted;
}

Json ToJson(const Record& record) {
  Json json = {{"schema_version", kRecordSchemaVersion}, {"status", Name(record.status)}};
  json["factors"] = Json::object();
  for (const auto& [factor, label] : record.factors) json["factors"][factor] = label;
  VisitFields(record, [&](const char* path, const auto& value) {
    json[Json::json_pointer(path)] = Value(value);
  });
  return json;
}

Record RecordFromJson(const Json& json) {
  CheckIdentity(json);
  Record record;
  VisitFields(record, [&](const char* path, auto& value) {
    try {
      const Json* field = At(json, path);
      if (field != nullptr && !field->is_null()) Assign(*field, value);
    } catch (const std::exception& error) {
      throw Error("record: " + std::string(path + 1) + ": " + error.what());
    }
  });
  try {
    record.status = StatusFromName(json["status"].get<std::string>());
    for (const auto& [factor, label] : json["factors"].items()) {
      record.factors.emplace_back(factor, label.template get<std::string>());
    }
  } catch (const std::exception& error) {
    throw Error("record: status, factors: " + std::string(error.what()));
  }
  OrderAsNamed(record);
  return record;
}

void CheckPossible(const Record& record) {
  constexpr double kBestBleu = 100 + 1e-6;  // a sum of rounded logarithms
  constexpr double kAny = std::numeric_limits<double>::max();
  VisitFields(record, [&](std::string_view path, const auto& value) {
    if constexpr (requires { value.has_value(); }) {
      if (!value || path.starts_with("/loss/")) return;
      const bool is_share = path == "/throughput/padding_efficiency";
      RefuseBeyond(path, *value, is_share ? 1 : path == "/quality/bleu" ? kBestBleu : kAny);
    }
  });
}

std::string ToLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace ablate
