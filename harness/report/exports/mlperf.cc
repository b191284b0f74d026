#include "harness/report/exports/mlperf.h"

#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;

// Milliseconds since 1970 of "2026-01-31T12:00:00Z"; 0 for anything else.
double StartOf(const Record& run) {
  std::tm time = {};
  const char* end = strptime(run.started_at.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time);
  return end == nullptr ? 0 : static_cast<double>(timegm(&time)) * 1000;
}

class Log {
 public:
  explicit Log(const Record& run) : start_ms_(StartOf(run)) {}

  // `seconds` after the run's start.
  void Add(double seconds, const char* type, const char* key, const Json& value,
           const Json& metadata = Json::object()) {
    const Json line = {{"namespace", ""},    {"time_ms", std::llround(start_ms_ + seconds * 1000)},
                       {"event_type", type}, {"key", key},
                       {"value", value},     {"metadata", metadata}};
    // MLPerf's parser reads Latin-1, so everything beyond ASCII is escaped.
    text_ += ":::MLLOG " + line.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  }
  void Point(double seconds, const char* key, const Json& value,
             const Json& metadata = Json::object()) {
    Add(seconds, "POINT_IN_TIME", key, value, metadata);
  }
  const std::string& text() const { return text_; }

 private:
  double start_ms_;
  std::string text_;
};

void AddIdentity(const Record& run, const Settings* settings, Log& log) {
  log.Point(0, "submission_benchmark", run.suite);
  log.Point(0, "submission_division", "open");
  log.Point(0, "cell", run.cell);
  log.Point(0, "seed", run.seed);
  if (settings == nullptr) return;
  log.Point(0, "global_batch_size", settings->training.batch_size);
  log.Point(0, "opt_base_learning_rate", settings->training.learning_rate);
}

void AddReading(double run_start_s, const CurvePoint& point, Log& log) {
  const Json metadata = {{"samples_count", std::llround(point.examples)},
                         {"step_num", std::llround(point.update)}};
  const double seconds = run_start_s + point.train_s;
  if (point.train_loss) log.Point(seconds, "train_loss", *point.train_loss, metadata);
  if (point.valid_loss) log.Point(seconds, "valid_loss", *point.valid_loss, metadata);
}

// The training clock at the run's end.
std::optional<double> TrainedFor(const Record& run) {
  return run.status == Status::kReached ? run.time_to_target_s : run.time.train_s;
}

Json Optional(const std::optional<int64_t>& value) { return value ? Json(*value) : Json(); }

void AddStop(const Record& run, double seconds, Log& log) {
  const bool reached = run.status == Status::kReached;
  log.Add(seconds, "INTERVAL_END", "run_stop", nullptr,
          {{"status", reached ? "success" : "aborted"},
           {"outcome", Name(run.status)},
           {"reason", run.reason},
           {"samples_count", Optional(reached ? run.examples_to_target : run.examples)},
           {"step_num", Optional(reached ? run.updates_to_target : run.updates)}});
}

// Returns when training ended, in seconds after the run's start; of a run that doesn't tell, when
// its process did.
double AddTimeline(const Record& run, const RunEvidence* evidence, Log& log) {
  log.Add(0, "INTERVAL_START", "init_start", nullptr);
  const double end = run.time.wall_s.value_or(0);
  if (!run.time.setup_s || !run.time.warmup_s) return end;
  const double run_start = *run.time.setup_s + *run.time.warmup_s;
  log.Add(run_start, "INTERVAL_END", "init_stop", nullptr);
  log.Add(run_start, "INTERVAL_START", "run_start", nullptr);
  if (evidence != nullptr) {
    for (const CurvePoint& point : evidence->curve) AddReading(run_start, point, log);
  }
  const std::optional<double> trained = TrainedFor(run);
  if (!trained) return end;
  AddStop(run, run_start + *trained, log);
  return run_start + *trained;
}

}  // namespace

std::string MlperfLog(const Record& run, const Settings* settings, const RunEvidence* evidence) {
  Log log(run);
  AddIdentity(run, settings, log);
  const double end = AddTimeline(run, evidence, log);
  log.Point(end, "record", Json(ToJson(run)));
  return log.text();
}

}  // namespace ablate
