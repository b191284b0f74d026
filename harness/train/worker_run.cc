#include "harness/train/worker_run.h"

#include <torch/torch.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>
#include <memory>
#include <new>
#include <optional>

#include "harness/train/counting_allocator.h"
#include "harness/train/cuda_library.h"
#include "harness/train/device.h"
#include "harness/train/evaluate.h"
#include "harness/train/gpu_monitor.h"
#include "harness/train/host.h"
#include "harness/train/outcome.h"
#include "harness/train/trainer.h"
#include "model/data/atomic_file.h"
#include "model/error.h"
#include "model/trace.h"

namespace ablate {
namespace {

constexpr size_t kSamples = 5;
constexpr int kUserError = 3;
constexpr int kInternalError = 4;
constexpr int kTerminated = 128 + SIGTERM;

volatile std::sig_atomic_t termination_requested = 0;

std::string UtcNow() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

// Memory that runs out inside CUDA's libraries has no exception type of its own.
bool SaysOutOfMemory(const std::string& message) {
  return message.find("out of memory") != std::string::npos ||
         message.find("ALLOC_FAILED") != std::string::npos;
}

class WorkerRun {
 public:
  WorkerRun(const WorkerConfig& config, Progress& progress);
  int Execute();

 private:
  void SetUp();
  void WarmUp();
  void Train();
  void Finish();
  int Guarded();
  int Fail(Status status, const std::string& reason, int exit_code);
  std::optional<double> MatrixRate() const;
  void FillRecord();
  void ApplyValidity();
  void Write() const;

  const WorkerConfig& config_;
  Progress& progress_;
  Record record_;
  Stopwatch wall_, setup_, warmup_, translate_;
  at::Device device_ = at::kCPU;
  std::unique_ptr<GpuMonitor> monitor_;
  GpuObservations gpu_;
  HostLoad host_load_;
  std::optional<EncodedCorpus> corpus_;
  std::unique_ptr<Trainer> trainer_;
  std::vector<Translation> samples_;
};

WorkerRun::WorkerRun(const WorkerConfig& config, Progress& progress)
    : config_(config), progress_(progress), record_(config.identity) {
  wall_.Start();
  record_.started_at = UtcNow();
  record_.target_metric = config.settings.target.metric;
  record_.target_value = config.settings.target.value;
  monitor_ = std::make_unique<GpuMonitor>(
      config.device == "cuda" ? NvmlDevice::Open(FirstCudaDeviceUuid()) : nullptr);
  device_ = OpenDevice(config.device);
}

int WorkerRun::Execute() {
  const int exit_code = Guarded();
  FillRecord();
  Write();
  return exit_code;
}

int WorkerRun::Guarded() {
  try {
    const TraceRange range("run");
    SetUp();
    WarmUp();
    Train();
    Finish();
    return record_.status == Status::kInterrupted ? kTerminated : 0;
  } catch (const c10::OutOfMemoryError& error) {
    return Fail(Status::kOutOfMemory, error.what_without_backtrace(), 0);
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    if (SaysOutOfMemory(what)) return Fail(Status::kOutOfMemory, what, 0);
    std::cerr << error.what() << std::endl;
    return Fail(Status::kFailed, what, kInternalError);
  } catch (const std::bad_alloc&) {
    return Fail(Status::kOutOfMemory, "no host memory", 0);
  } catch (const Error& error) {
    return Fail(Status::kFailed, error.what(), kUserError);
  } catch (const std::exception& error) {
    return Fail(Status::kFailed, error.what(), kInternalError);
  }
}

int WorkerRun::Fail(Status status, const std::string& reason, int exit_code) {
  std::cerr << "ablate-worker: " << reason << std::endl;
  gpu_ = monitor_->Stop();
  record_.status = status;
  record_.reason = reason;
  return exit_code;
}

void WorkerRun::SetUp() {
  const Stopwatch::Scope scope(setup_);
  const TraceRange range("setup");
  ConfigureProcess(config_.threads, config_.settings.deterministic);
  if (device_.is_cpu()) InstallCountingAllocator();
  corpus_.emplace(EncodedCorpus::Map(config_.encoded_corpus));
  const TrainingJob job{.recipe = MakeRecipe(config_.settings),
                        .target = config_.settings.target,
                        .seed = record_.seed,
                        .profile = config_.profile,
                        .should_stop = [] { return termination_requested != 0; }};
  trainer_ = std::make_unique<Trainer>(job, *corpus_, device_, progress_);
  const ParameterCounts counts = trainer_->model()->CountParameters();
  record_.parameters = {counts.total, counts.unique, counts.embedding};
}

void WorkerRun::WarmUp() {
  const Stopwatch::Scope scope(warmup_);
  progress_.EnterPhase("warmup");
  trainer_->WarmUp();
}

void WorkerRun::Train() {
  host_load_ = HostLoad();
  monitor_->Start();
  trainer_->Train();
  gpu_ = monitor_->Stop();
  const std::vector<std::string> load = host_load_.Notes();
  record_.notes.insert(record_.notes.end(), load.begin(), load.end());
  trainer_->EvaluateLast();
  JudgeCourse(trainer_->course(), trainer_->stopped(), record_);
}

void WorkerRun::Finish() {
  if (record_.status != Status::kReached && record_.status != Status::kNotReached) return;
  const int64_t sentences =
      std::min(config_.settings.quality.max_sentences, corpus_->valid().size());
  if (sentences == 0) return;
  const Stopwatch::Scope scope(translate_);
  TranslationQuality quality =
      Translate(trainer_->model(), *corpus_, sentences, trainer_->recipe(), device_);
  record_.quality = {quality.bleu, quality.signature, sentences};
  samples_ = std::move(quality.translations);
  samples_.resize(std::min(samples_.size(), kSamples));
}

std::optional<double> WorkerRun::MatrixRate() const {
  const nlohmann::json& rates = config_.matrix_flops_per_s;
  const std::string format = MatrixFormat(trainer_->recipe().precision, device_);
  if (!rates.is_object() || !rates.contains(format) || !rates[format].is_number()) return {};
  return rates[format].get<double>();
}

void WorkerRun::FillRecord() {
  wall_.Stop();
  record_.time.setup_s = setup_.seconds();
  record_.time.warmup_s = warmup_.seconds();
  record_.time.wall_s = wall_.seconds();
  const MemoryPeaks memory = trainer_ ? trainer_->memory() : MemoryMeter(device_).peaks();
  record_.memory = {memory.device_allocated_bytes, memory.device_reserved_bytes, gpu_.process_bytes,
                    memory.host_rss_bytes};
  if (!trainer_) return;
  record_.time.evaluate_s = trainer_->evaluate_s() + translate_.seconds();
  DescribeCourse(trainer_->course(), MatrixRate(), record_);
  ApplyValidity();
}

void WorkerRun::ApplyValidity() {
  record_.energy_j = gpu_.energy_j;
  record_.notes.insert(record_.notes.end(), gpu_.notes.begin(), gpu_.notes.end());
  const bool measured = record_.status == Status::kReached || record_.status == Status::kNotReached;
  if (!measured || gpu_.invalid_because.empty()) return;
  record_.status = Status::kInvalid;
  record_.reason.clear();
  for (const std::string& because : gpu_.invalid_because) {
    record_.reason += (record_.reason.empty() ? "" : "; ") + because;
  }
}

void WorkerRun::Write() const {
  if (trainer_) WriteByRename(config_.run_dir / "curve.csv", CurveCsv(trainer_->course().curve()));
  nlohmann::json json = ToJson(record_);
  json["samples"] = nlohmann::json::array();
  for (const Translation& sample : samples_) {
    json["samples"].push_back({{"source", sample.source},
                               {"reference", sample.reference},
                               {"translation", sample.translation}});
  }
  // A translation by a model of bytes may end within a character.
  WriteByRename(config_.run_dir / "run.json",
                json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace

int ExecuteRun(const WorkerConfig& config, Progress& progress) {
  return WorkerRun(config, progress).Execute();
}

void StopOnSigterm() {
  std::signal(SIGTERM, [](int) { termination_requested = 1; });
}

}  // namespace ablate
