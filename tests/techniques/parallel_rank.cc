// A process of a parallel run, for parallel_ranks_test: trains a small model on made-up sentences
// and writes, on rank 0, what came of it. Without torchrun's variables it trains on whole batches
// in one process: the truth that the others are held to.
//
// parallel-rank JSON: {"kind": "data" | "model", "layers", "layer_of_depth": […], "tied",
// "micro_batches", "checkpoint_every", "updates", "timeout_s", "autocast", "fused", "packed",
// "seed_by_rank", "die_at", "silent_at", "start_together", "out"}
//
// The ranks but 0 die, or fall silent, in the update of that number, and leave the time of it, of
// the steady clock in ns, in "<out>.left". "start_together": none meets the others, for which it
// waits no longer than the timeout, before all have loaded LibTorch.
#include <ATen/ATen.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "model/data/vocabulary_spec.h"
#include "model/error.h"
#include "techniques/checkpointing_torch.h"
#include "techniques/data_parallel_torch.h"
#include "techniques/kernels_torch.h"
#include "techniques/optimizer_torch.h"
#include "techniques/parallelism_torch.h"
#include "techniques/pipeline_torch.h"
#include "techniques/precision_torch.h"
#include "tests/net/synthetic.h"

namespace ablate::testing {
namespace {

using Json = nlohmann::json;

constexpr double kLabelSmoothing = 0.1;
constexpr double kClip = 0.5;

// The columns that any row needs.
at::Tensor Trim(const at::Tensor& ids) {
  return ids.slice(1, 0, (ids != kPad).sum(1).max().item<int64_t>());
}

DeviceBatch PackedRows(const TensorBatch& batch, int64_t begin, int64_t end) {
  const auto pack = [&](const at::Tensor& ids) {
    return ids.slice(0, begin, end).masked_select(ids.slice(0, begin, end) != kPad);
  };
  const auto layout = [&](const at::Tensor& ids) {
    const at::Tensor lengths = (ids.slice(0, begin, end) != kPad).sum(1);
    const auto* const first = lengths.const_data_ptr<int64_t>();
    return PackedLayout({first, first + lengths.numel()}, at::kCPU);
  };
  return {pack(batch.source), pack(batch.target_in), pack(batch.target_out), layout(batch.source),
          layout(batch.target_out)};
}

DeviceBatch PaddedRows(const TensorBatch& batch, int64_t begin, int64_t end) {
  const at::Tensor source = Trim(batch.source.slice(0, begin, end));
  return PaddedBatch(source, Trim(batch.target_in.slice(0, begin, end)),
                     Trim(batch.target_out.slice(0, begin, end)),
                     (source == kPad).any().item<bool>());
}

// The batch of an update: another order of rows each time.
TensorBatch BatchOfUpdate(int64_t update) {
  TensorBatch batch = SyntheticBatch(/*padded=*/true);
  for (at::Tensor* ids : {&batch.source, &batch.target_in, &batch.target_out}) {
    *ids = ids->roll(update, 0);
  }
  return batch;
}

// Unequal shares of six rows.
std::pair<int64_t, int64_t> ShareOf(const Ranks& ranks) {
  if (ranks.size() == 1) return {0, 6};
  if (ranks.size() == 2) return ranks.rank() == 0 ? std::pair(0, 4) : std::pair(4, 6);
  const std::vector<int64_t> ends = {0, 3, 5, 6};
  return {ends[ranks.rank()], ends[ranks.rank() + 1]};
}

class Run {
 public:
  Run(const Json& options, Ranks& ranks) : options_(options), ranks_(ranks) {
    recipe_.model = SmallConfig();
    recipe_.model.layers = options.value("layers", 2);
    recipe_.model.tied_embeddings = options.value("tied", false);
    recipe_.sharing.layer_of_depth = options.value("layer_of_depth", std::vector<int64_t>());
    recipe_.label_smoothing = kLabelSmoothing;
    packed_ = options.value("packed", false);
    if (options.value("fused", false)) recipe_.kernels = KernelSet::kFused;
    autocast_ = options.value("autocast", false);
    if (autocast_) recipe_.precision.autocast = Precision::Autocast::kBFloat16;
    pipelined_ = ranks.size() > 1 && options.at("kind") == "model";
  }

  // Losses and norms of all updates, the loss of an evaluation, then all parameters.
  std::vector<double> Train(const Optimizer& rule, int64_t updates) {
    Start(rule);
    for (int64_t update = 0; update < updates; ++update) {
      MaybeFail(update);
      results_.push_back(Update(BatchOfUpdate(update), rule));
    }
    model_->eval();
    at::Tensor loss = Evaluate(Rows(BatchOfUpdate(0), 0, 6)).to(at::kDouble);
    if (pipelined_) ranks_.Sum(loss);
    results_.push_back(loss.item<double>());
    if (pipeline_) pipeline_->Gather();
    for (const at::Tensor& parameter : model_->parameters()) {
      const at::Tensor values = parameter.detach().to(at::kDouble).flatten().contiguous();
      results_.insert(results_.end(), values.const_data_ptr<double>(),
                      values.const_data_ptr<double>() + values.numel());
    }
    return std::exchange(results_, {});
  }

 private:
  DeviceBatch Rows(const TensorBatch& batch, int64_t begin, int64_t end) const {
    return packed_ ? PackedRows(batch, begin, end) : PaddedRows(batch, begin, end);
  }

  // Rows [begin, end) in parts that differ by at most one row.
  std::vector<DeviceBatch> Parts(const TensorBatch& batch, int64_t begin, int64_t end,
                                 int64_t parts) const {
    std::vector<DeviceBatch> result;
    for (int64_t i = 0; i < parts; ++i) {
      const int64_t rows = end - begin;
      result.push_back(Rows(batch, begin + rows * i / parts, begin + rows * (i + 1) / parts));
    }
    return result;
  }

  void Start(const Optimizer& rule) {
    model_ = SmallModel(recipe_.model, recipe_.sharing.layer_of_depth);
    model_->ComputeWith(MakeKernels(recipe_.kernels, at::kCPU));
    if (!autocast_) model_->to(at::kDouble);
    if (options_.value("seed_by_rank", false)) {
      const at::NoGradGuard no_gradients;
      model_->parameters().back().add_(ranks_.rank());
    }
    model_->RunLayersBy(MakeLayerRunner({.every = options_.value("checkpoint_every", 0)}));
    const int64_t whole = Elements();
    parameters_ = model_->parameters();
    data_parallel_ = nullptr;
    pipeline_ = nullptr;
    if (pipelined_) {
      pipeline_ = std::make_unique<Pipeline>(model_, recipe_, at::kCPU, ranks_);
      parameters_ = pipeline_->parameters();
    } else if (ranks_.size() > 1) {
      data_parallel_ = std::make_unique<DataParallel>(parameters_, ranks_, /*bucket_mb=*/0.05);
    }
    ReportHeld(whole);
    optimizer_ = MakeOptimizer(parameters_, rule, recipe_.kernels);
  }

  int64_t Elements() const {
    int64_t elements = 0;
    for (const at::Tensor& parameter : model_->parameters()) elements += parameter.numel();
    return elements;
  }

  // What a stage still holds of the model.
  void ReportHeld(int64_t whole) const {
    std::ofstream(options_.at("out").get<std::string>() + ".held." + std::to_string(ranks_.rank()))
        << static_cast<double>(Elements()) / static_cast<double>(whole);
  }

  void MaybeFail(int64_t update) const {
    const bool dies = update == options_.value("die_at", -1);
    const bool is_silent = update == options_.value("silent_at", -1);
    if (ranks_.rank() == 0 || (!dies && !is_silent)) return;
    std::ofstream(options_.at("out").get<std::string>() + ".left")
        << std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
    if (dies) raise(SIGKILL);
    std::this_thread::sleep_for(std::chrono::minutes(1));
    std::_Exit(9);
  }

  double Update(const TensorBatch& batch, const Optimizer& rule) {
    const double tokens = (batch.target_out != kPad).sum().item<double>();
    at::Tensor loss = (pipeline_ ? RunPipeline(batch, tokens) : RunLocal(batch, tokens)) / tokens;
    loss = loss.to(at::kDouble);
    ranks_.Sum(loss);
    const auto gradients = optimizer_->Gradients();
    const at::Tensor norm = pipeline_ ? pipeline_->GlobalNorm(gradients) : GlobalNorm(gradients);
    results_.push_back(norm.item<double>());
    if (rule.gradient_clip > 0) ClipToNorm(gradients, norm, rule.gradient_clip);
    optimizer_->Step(gradients, {.learning_rate = rule.learning_rate, .momentum = {}}, {});
    optimizer_->ZeroGradients();
    return loss.item<double>();
  }

  at::Tensor RunPipeline(const TensorBatch& batch, double tokens) {
    return pipeline_->ForwardBackward(Parts(batch, 0, 6, options_.value("micro_batches", 1)),
                                      [&](const at::Tensor& sum) { return sum / tokens; });
  }

  at::Tensor RunLocal(const TensorBatch& batch, double tokens) {
    const auto [begin, end] = ShareOf(ranks_);
    // The truth is one whole batch, but where rounding is compared.
    const bool whole = ranks_.size() == 1 && !autocast_;
    const auto parts = Parts(batch, begin, end, whole ? 1 : options_.value("micro_batches", 1));
    at::Tensor sum = at::zeros({}, at::kDouble);
    model_->ParametersChanged();
    for (size_t i = 0; i < parts.size(); ++i) {
      at::Tensor part;
      {
        const AutocastScope autocast(recipe_.precision, at::kCPU);
        part = ComputeLoss(model_, parts[i], {.label_smoothing = kLabelSmoothing}).sum;
      }
      sum = sum + part.detach();
      if (data_parallel_ && i + 1 == parts.size()) data_parallel_->PrepareForBackward();
      (part / tokens * (data_parallel_ ? data_parallel_->loss_scale() : 1.0)).backward();
    }
    return sum;
  }

  at::Tensor Evaluate(const DeviceBatch& batch) {
    const at::NoGradGuard no_gradients;
    if (pipeline_) return pipeline_->Loss(batch);
    const AutocastScope autocast(recipe_.precision, at::kCPU);
    model_->ParametersChanged();
    return ComputeLoss(model_, batch, {}).sum;
  }

  const Json options_;
  Ranks& ranks_;
  Recipe recipe_;
  bool autocast_ = false;
  bool packed_ = false;
  bool pipelined_ = false;
  Transformer model_{nullptr};
  std::vector<at::Tensor> parameters_;
  std::unique_ptr<DataParallel> data_parallel_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<ParameterOptimizer> optimizer_;
  std::vector<double> results_;
};

void Write(const std::string& path, const std::vector<double>& numbers) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(double)));
}

void AwaitStarts(const std::string& out, const RankEnvironment& environment) {
  const auto file = [&](int64_t rank) { return out + ".started." + std::to_string(rank); };
  std::ofstream(file(environment.rank)) << "here";
  for (int64_t rank = 0; rank < environment.world_size; ++rank) {
    while (!std::filesystem::exists(file(rank))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

int Main(const Json& options) {
  const RankEnvironment environment = RankEnvironment::Read();
  if (options.value("start_together", false)) AwaitStarts(options.at("out"), environment);
  Ranks ranks(environment, at::kCPU, options.value("timeout_s", 60.0));
  Run run(options, ranks);
  // One step of plain gradient descent shows the gradients themselves.
  auto results = run.Train({.rule = Sgd{}, .learning_rate = 1}, 1);
  const auto later = run.Train(
      {.rule = Adam{}, .learning_rate = 1e-3, .weight_decay = 0.1, .gradient_clip = kClip},
      options.value("updates", 50));
  results.insert(results.end(), later.begin(), later.end());
  if (ranks.rank() == 0) Write(options.at("out"), results);
  ranks.Barrier();
  return 0;
}

}  // namespace
}  // namespace ablate::testing

int main(int argc, char** argv) {
  // As in the worker: a peer that has died is an error of the call that writes to it.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    TORCH_CHECK(argc == 2, "parallel-rank JSON");
    return ablate::testing::Main(nlohmann::json::parse(argv[1]));
  } catch (const ablate::Error& error) {
    std::cerr << error.what() << '\n';
    return 3;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 4;
  }
}
