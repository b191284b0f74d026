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
#include "harness/train/cpu_clock.h"
#include "harness/train/cuda_library.h"
#include "harness/train/device.h"
#include "harness/train/evaluate.h"
#include "harness/train/gpu_monitor.h"
#include "harness/train/host.h"
#include "harness/train/out_of_memory.h"
#include "harness/train/outcome.h"
#include "harness/train/rank_measurements.h"
#include "harness/train/trainer.h"
#include "model/data/atomic_file.h"
#include "model/error.h"
#include "model/trace.h"
#include "techniques/parallelism_torch.h"

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

// Throws Error where the recipe's processes are not those that were started.
std::unique_ptr<Ranks> JoinRanks(const RankEnvironment& environment, const Parallelism& parallelism,
                                 at::Device device) {
  if (environment.world_size != parallelism.processes) {
    throw Error("the run is for " + std::to_string(parallelism.processes) +
                " processes, but WORLD_SIZE is " + std::to_string(environment.world_size));
  }
  if (environment.world_size == 1) return std::make_unique<Ranks>();
  return std::make_unique<Ranks>(environment, device, parallelism.timeout_s);
}

class WorkerRun {
 public:
  WorkerRun(const WorkerConfig& config, Progress& progress);
  int Execute();

 private:
  bool IsFirst() const { return environment_.rank == 0; }
  void SetUp();
  void WarmUp();
  void Train();
  void Finish();
  int Guarded();
  int Fail(Status status, const std::string& reason, int exit_code);
  std::optional<double> MatrixRate() const;
  void Note(const std::vector<std::string>& notes);
  void TellOfGpu() const;
  void CombineRanks();
  void FillRecord();
  void Write() const;
  void WriteFailure() const;

  const WorkerConfig& config_;
  Progress& progress_;
  Record record_;
  Stopwatch wall_, setup_, warmup_, translate_;
  RankEnvironment environment_;
  at::Device device_ = at::kCPU;
  std::unique_ptr<Ranks> ranks_;
  std::unique_ptr<GpuMonitor> monitor_;
  GpuObservations gpu_;
  CpuClockMonitor cpu_clock_;
  HostLoad host_load_;
  HostUsage host_usage_;
  std::optional<EncodedCorpus> corpus_;
  std::unique_ptr<Trainer> trainer_;
  std::optional<MemoryPeaks> combined_memory_;  // of all ranks
  std::vector<Translation> samples_;
};

WorkerRun::WorkerRun(const WorkerConfig& config, Progress& progress)
    : config_(config), progress_(progress), record_(config.identity) {
  wall_.Start();
  record_.started_at = UtcNow();
  record_.target_metric = config.settings.target.metric;
  record_.target_value = config.settings.target.value;
  environment_ = RankEnvironment::Read();
  record_.processes = environment_.world_size;
  std::unique_ptr<NvmlDevice> gpu;
  if (config.device == "cuda") {
    gpu = NvmlDevice::Open(CudaDeviceUuid(environment_.local_rank));
    if (!gpu) Note({"NVML is not there, so nothing watched the GPU"});
  }
  monitor_ = std::make_unique<GpuMonitor>(std::move(gpu));
  device_ = OpenDevice(config.device, environment_.local_rank);
}

int WorkerRun::Execute() {
  const int exit_code = Guarded();
  FillRecord();
  if (IsFirst()) {
    Write();
    return exit_code;
  }
  // The others wait for this rank: its exit code is how the driver learns that they wait in vain.
  const bool failed = record_.status == Status::kFailed || record_.status == Status::kOutOfMemory;
  if (!failed) return exit_code;
  WriteFailure();
  return exit_code != 0 ? exit_code : kInternalError;
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
    if (SaysOutOfMemory(error.what())) return Fail(Status::kOutOfMemory, error.what(), 0);
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
  ConfigureProcess(config_.threads, config_.settings.deterministic, environment_.local_world_size);
  if (device_.is_cpu()) InstallCountingAllocator();
  const Recipe recipe = MakeRecipe(config_.settings);
  ranks_ = JoinRanks(environment_, recipe.parallelism, device_);
  corpus_.emplace(EncodedCorpus::Map(config_.encoded_corpus));
  const TrainingJob job{.recipe = recipe,
  record_.attention_kernel = trainer_->attention_kernel();
                        .target = config_.settings.target,
                        .seed = record_.seed,
                        .profile = config_.profile,
                        .should_stop = [] { return termination_requested != 0; }};
  trainer_ = std::make_unique<Trainer>(job, *corpus_, device_, *ranks_, progress_);
  const ParameterCounts& counts = trainer_->parameter_counts();
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
  // Beside a GPU the processors may idle, and change their clock as they like.
  if (device_.is_cpu()) cpu_clock_.Start();
  trainer_->Train();
  gpu_ = monitor_->Stop();
  TellOfGpu();
  host_usage_ = host_load_.Since();
  const std::vector<std::string> clock = cpu_clock_.Stop();
  trainer_->EvaluateLast();
  CombineRanks();
  Note(host_usage_.Notes());
  Note(clock);
  JudgeCourse(trainer_->course(), trainer_->stopped(), record_);
}

void WorkerRun::Finish() {
  if (record_.status != Status::kReached && record_.status != Status::kNotReached) return;
  const int64_t sentences =
      std::min(config_.settings.quality.max_sentences, corpus_->valid().size());
  if (sentences == 0) return;
  trainer_->Finish();
  if (!IsFirst()) return;
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
  // Processes on a CPU share its threads; on GPUs each has one of its own.
  const double devices = device_.is_cpu() ? 1.0 : static_cast<double>(environment_.world_size);
  return devices * rates[format].get<double>();
}

void WorkerRun::Note(const std::vector<std::string>& notes) {
  record_.notes.insert(record_.notes.end(), notes.begin(), notes.end());
}

// The record has but those of the first rank.
void WorkerRun::TellOfGpu() const {
  for (const auto* sentences : {&gpu_.invalid_because, &gpu_.notes})
    for (const std::string& sentence : *sentences)
      std::cerr << "ablate-worker: " << sentence << std::endl;
}

void WorkerRun::CombineRanks() {
  RankMeasurements all = Combined({trainer_->memory(), gpu_, host_usage_.own}, *ranks_, device_);
  combined_memory_ = all.memory;
  gpu_ = std::move(all.gpu);
  host_usage_.own = all.cpu_s;
}

void WorkerRun::FillRecord() {
  wall_.Stop();
  record_.time.setup_s = setup_.seconds();
  record_.time.warmup_s = warmup_.seconds();
  record_.time.wall_s = wall_.seconds();
  const MemoryPeaks memory = combined_memory_ ? *combined_memory_
                             : trainer_       ? trainer_->memory()
                                              : MemoryMeter(device_).peaks();
  record_.memory = {memory.device_allocated_bytes, memory.device_reserved_bytes, gpu_.process_bytes,
                    memory.host_rss_bytes};
  if (!trainer_) return;
  record_.time.evaluate_s = trainer_->evaluate_s() + translate_.seconds();
  DescribeCourse(trainer_->course(), MatrixRate(), record_);
  DescribeGpu(gpu_, record_);
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

// What rank 0 cannot know of another: why it failed, and what it held.
void WorkerRun::WriteFailure() const {
  const nlohmann::json failure = {{"status", Name(record_.status)},
                                  {"reason", record_.reason},
                                  {"memory", ToJson(record_)["memory"]}};
  WriteByRename(config_.run_dir / ("rank-" + std::to_string(environment_.rank) + ".json"),
                failure.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace

int ExecuteRun(const WorkerConfig& config, Progress& progress) {
  return WorkerRun(config, progress).Execute();
}

void StopOnSigterm() {
  std::signal(SIGTERM, [](int) { termination_requested = 1; });
}

}  // namespace ablate
