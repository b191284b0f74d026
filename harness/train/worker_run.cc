#include "harness/train/worker_run.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "harness/train/counting_allocator.h"
#include "harness/train/cuda_library.h"
#include "harness/train/device.h"
#include "harness/train/evaluate.h"
#include "harness/train/failure.h"
#include "harness/train/outcome.h"
#include "harness/train/rank_measurements.h"
#include "harness/train/run_files.h"
#include "harness/train/run_watch.h"
#include "harness/train/trainer.h"
#include "model/error.h"
#include "model/trace.h"
#include "techniques/parallelism_torch.h"

namespace ablate {
namespace {

constexpr size_t kSamples = 5;
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
  bool HasArrived() const { return trainer_ && trainer_->course().crossing(); }
  // Not of a run that was asked to stop, nor of one that diverged.
  bool HasResult() const {
    return record_.status == Status::kReached || record_.status == Status::kNotReached;
  }

  void SetUp();
  void WarmUp();
  void Train();
  void StopWatching();

  // After the training.
  void Conclude();
  bool Try(const char* what, const char* lost, const std::function<void()>& step);
  void Miss(const Failure& failure, const char* what, const char* lost);
  void CombineRanks();
  void Finish();
  void TranslateSamples(int64_t sentences);

  void Fail(const Failure& failure);
  std::optional<double> MatrixRate() const;
  void Note(const std::vector<std::string>& notes);
  Record Described(Record record) const;
  std::string Curve() const;
  void WriteEarly() const;
  int Leave() const;

  const WorkerConfig& config_;
  Progress& progress_;
  Record record_;
  const double start_ = HostSeconds();
  Stopwatch setup_, warmup_, translate_;
  RankEnvironment environment_;
  at::Device device_ = at::kCPU;
  std::unique_ptr<Ranks> ranks_;
  std::unique_ptr<RunWatch> watch_;  // nullptr once it has been stopped
  Surroundings seen_;
  std::optional<EncodedCorpus> corpus_;
  std::unique_ptr<Trainer> trainer_;
  std::optional<Failure> failure_;  // of a rank that has nothing more to say to the others
  bool memory_is_known_ = true;
  std::optional<MemoryPeaks> combined_memory_;  // of all ranks
  std::vector<Translation> samples_;
};

WorkerRun::WorkerRun(const WorkerConfig& config, Progress& progress)
    : config_(config), progress_(progress), record_(config.identity) {
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
  watch_ = std::make_unique<RunWatch>(std::move(gpu));
  device_ = OpenDevice(config.device, environment_.local_rank);
}

int WorkerRun::Execute() {
  const TraceRange range("run");
  const auto failure = Attempt([this] {
    SetUp();
    WarmUp();
    Train();
  });
  StopWatching();
  if (failure && !HasArrived()) {
    Fail(*failure);
  } else {
    if (failure) Miss(*failure, "the end of the training", "the target had been reached");
    Conclude();
  }
  return Leave();
}

void WorkerRun::Fail(const Failure& failure) {
  std::cerr << "ablate-worker: " << failure.reason << std::endl;
  record_.status = failure.status;
  record_.reason = failure.reason;
  failure_ = failure;
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
  record_.attention_kernel = trainer_->attention_kernel();
}

void WorkerRun::Train() {
  watch_->Start(/*on_processors=*/device_.is_cpu());
  trainer_->Train();
  StopWatching();
  // Of a target in validation loss the last look may be the one at which it is reached.
  if (record_.target_metric == "valid_loss" && !HasArrived()) trainer_->EvaluateLast();
}

void WorkerRun::StopWatching() {
  if (!watch_) return;
  seen_ = watch_->Stop();
  watch_.reset();
  Note(seen_.notes);
}

// What the training measured stands, whatever becomes of the rest.
void WorkerRun::Conclude() {
  JudgeCourse(trainer_->course(), trainer_->stopped(), record_);
  memory_is_known_ =
      Try("combining what the processes measured",
          "their memory, energy and clocks are not known, nor whether another's GPU was disturbed",
          [this] { CombineRanks(); });
  Note(seen_.host.Notes());
  if (!HasResult()) return;
  WriteEarly();
  Try("the evaluation after the last update", "the validation loss there is not known",
      [this] { trainer_->EvaluateLast(); });
  JudgeCourse(trainer_->course(), trainer_->stopped(), record_);
  if (HasResult()) Finish();
}

// A step that the result can do without. False, and a note that says what is lost, where it fails
// or cannot be taken.
bool WorkerRun::Try(const char* what, const char* lost, const std::function<void()>& step) {
  if (failure_) {
    Note({std::string(what) + " was left out: " + lost});
    return false;
  }
  const std::optional<Failure> failure = Attempt(step);
  if (failure) Miss(*failure, what, lost);
  return !failure;
}

// A rank that fails where the others go on takes part in nothing more: they would mistake what it
// sends for their answer.
void WorkerRun::Miss(const Failure& failure, const char* what, const char* lost) {
  Note({std::string(what) + " failed: " + failure.reason + ": " + lost});
  std::cerr << "ablate-worker: " << record_.notes.back() << std::endl;
  if (ranks_->size() > 1) failure_ = failure;
}

void WorkerRun::Finish() {
  const int64_t sentences =
      std::min(config_.settings.quality.max_sentences, corpus_->valid().size());
  if (sentences == 0) return;
  WriteEarly();
  constexpr const char* kLost = "quality is not known";
  const bool gathered = Try("gathering the model", kLost, [this] { trainer_->Finish(); });
  if (gathered && IsFirst()) Try("translation", kLost, [&] { TranslateSamples(sentences); });
}

void WorkerRun::TranslateSamples(int64_t sentences) {
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

void WorkerRun::CombineRanks() {
  RankMeasurements all =
      Combined({trainer_->memory(), seen_.gpu, seen_.host.own}, *ranks_, device_);
  combined_memory_ = all.memory;
  seen_.gpu = std::move(all.gpu);
  seen_.host.own = all.cpu_s;
}

// `record` with all that is known by now.
Record WorkerRun::Described(Record record) const {
  record.time.setup_s = setup_.seconds();
  record.time.warmup_s = warmup_.seconds();
  record.time.wall_s = HostSeconds() - start_;
  if (trainer_) {
    record.time.evaluate_s = trainer_->evaluate_s() + translate_.seconds();
    DescribeCourse(trainer_->course(), MatrixRate(), record);
  }
  DescribeGpu(seen_.gpu, record);
  if (!memory_is_known_) {
    record.energy_j.reset();
    record.gpu = {};
    return record;
  }
  const MemoryPeaks memory = combined_memory_ ? *combined_memory_
                             : trainer_       ? trainer_->memory()
                                              : MemoryMeter(device_).peaks();
  record.memory = {memory.device_allocated_bytes, memory.device_reserved_bytes,
                   seen_.gpu.process_bytes, memory.host_rss_bytes};
  return record;
}

std::string WorkerRun::Curve() const {
  return trainer_ ? CurveCsv(trainer_->course().curve()) : "";
}

// The result stands, should this process not get any further.
void WorkerRun::WriteEarly() const {
  if (!IsFirst()) return;
  const auto failure =
      Attempt([this] { WriteRunEarly(config_.run_dir, Described(record_), Curve()); });
  if (failure) std::cerr << "ablate-worker: " << failure->reason << std::endl;
}

// Returns the exit code.
int WorkerRun::Leave() const {
  if (IsFirst()) {
    WriteRun(config_.run_dir, Described(record_), Curve(), samples_);
  } else if (failure_) {
    Record record = record_;
    record.status = failure_->status;
    record.reason = failure_->reason;
    WriteRankFailure(config_.run_dir, environment_.rank, Described(record));
  }
  if (record_.status == Status::kInterrupted) return kTerminated;
  if (!failure_ || (IsFirst() && record_.status != Status::kFailed)) return 0;
  // The others wait for this rank: its exit code is how the driver learns that they wait in vain.
  return IsFirst() || failure_->exit_code != 0 ? failure_->exit_code : kInternalError;
}

}  // namespace

int ExecuteRun(const WorkerConfig& config, Progress& progress) {
  return WorkerRun(config, progress).Execute();
}

void StopOnSigterm() {
  std::signal(SIGTERM, [](int) { termination_requested = 1; });
}

}  // namespace ablate
