// The training of one run, from a recipe to its target. Knows no technique by name: it reads the
// recipe's slots.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/plan/settings.h"
#include "harness/train/batch_feed.h"
#include "harness/train/batch_stream.h"
#include "harness/train/course.h"
#include "harness/train/execution.h"
#include "harness/train/memory.h"
#include "harness/train/progress.h"
#include "harness/train/readings.h"
#include "harness/train/stopwatch.h"
#include "harness/train/update.h"
#include "model/data/encoded_corpus.h"
#include "techniques/parallelism_torch.h"
#include "techniques/recipe.h"

namespace ablate {

struct TrainingJob {
  Recipe recipe;
  TargetSettings target;
  uint64_t seed = 0;
  bool profile = false;                         // bracket Train for a profiler
  std::function<bool()> should_stop = nullptr;  // asked once an update; nullptr: never
};

class Trainer {
 public:
  // Builds the model on the device, with the seed's "init" stream. `corpus`, `ranks` and `progress`
  // outlive it. Throws Error where corpus, recipe and ranks do not go together.
  Trainer(const TrainingJob& job, const EncodedCorpus& corpus, at::Device device, Ranks& ranks,
          Progress& progress);

  // Updates on the longest batch and some others, after which parameters, optimizer state, loss
  // scale, schedule, generators and position in the data are what they were, bit for bit. Starts
  // the peaks of memory.
  void WarmUp();
  // To the target, to the end of the budget, to divergence, or until asked to stop. Evaluates on
  // the way.
  void Train();
  // Validation loss after the last update, where it has not been evaluated there and the training
  // did not break off. For a target in validation loss it is a look like any other.
  void EvaluateLast();
  // Leaves in the model, on rank 0 the whole of it, what is to be judged: averages where parameters
  // are averaged. It is not trained any further.
  void Finish();

  // What happened, up to the last reading; also after Train threw.
  const Course& course() const { return course_; }
  bool stopped() const { return stopped_; }
  double evaluate_s() const { return evaluate_watch_.seconds(); }
  MemoryPeaks memory() const { return memory_.peaks(); }
  // Which kernels of attention the updates of WarmUp chose, as AttentionRecord names them.
  const std::string& attention_kernel() const { return attention_kernel_; }
  Transformer& model() { return model_; }
  // Of the whole model, whatever of it this rank holds.
  const ParameterCounts& parameter_counts() const { return parameter_counts_; }
  const Recipe& recipe() const { return job_.recipe; }
  // Everything that training changes on the device.
  std::vector<at::Tensor> State() const { return updater_->State(); }

 private:
  bool AskedToStop();
  bool CanGoOn();
  bool Finished();
  bool ReadingDue() const;
  bool EvaluationDue() const { return asked_examples_ >= next_evaluation_; }
  // The train clock and the memory meter run between them.
  void Resume();
  void Pause();
  void Read();
  void AgreeOnStop();
  void Evaluate();
  void Report();

  TrainingJob job_;
  const EncodedCorpus& corpus_;
  at::Device device_;
  Ranks& ranks_;
  Progress& progress_;

  MemoryMeter memory_;
  Course course_;
  BatchStream stream_;
  Readings readings_;
  Transformer model_;
  ParameterCounts parameter_counts_;
  std::unique_ptr<Execution> execution_;
  std::unique_ptr<BatchFeed> feed_;
  std::unique_ptr<Updater> updater_;

  std::string attention_kernel_;
  Stopwatch evaluate_watch_;
  int64_t asked_examples_ = 0;  // of the device; some of them may not have been read
  int64_t next_evaluation_;
  int64_t evaluated_at_ = 0;  // update
  bool stopped_ = false;
};

}  // namespace ablate
