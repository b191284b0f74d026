// ablate's own trainer as a peer: `ablate-peer CONFIG.json [TECHNIQUE=LEVEL…]`. A level is a name,
// or JSON as in a suite. Speaks the protocol of peer.py.
#include <torch/version.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/train/counting_allocator.h"
#include "harness/train/device.h"
#include "harness/train/graph_update.h"
#include "harness/train/host.h"
#include "harness/train/product_rows.h"
#include "harness/train/stopwatch.h"
#include "model/error.h"
#include "model/random.h"
#include "techniques/checkpointing_torch.h"
#include "techniques/kernels_torch.h"
#include "techniques/technique.h"

namespace ablate {
namespace {

using nlohmann::json;

json ReadJson(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error("cannot read " + path);
  return json::parse(file);
}

class Sentences {
 public:
  explicit Sentences(const json& batches)
      : source_(batches.at("source")), target_(batches.at("target")) {}
  EncodedSplit split() const { return {source_.view(), target_.view()}; }

 private:
  struct Side {
    explicit Side(const json& side)
        : offsets(side.at("offsets").get<std::vector<uint64_t>>()),
          ids(side.at("ids").get<std::vector<int32_t>>()) {}
    EncodedSide view() const { return {offsets, ids}; }
    std::vector<uint64_t> offsets;
    std::vector<int32_t> ids;
  };
  Side source_, target_;
};

Recipe BaseRecipe(const json& model, const json& training) {
  Recipe recipe;
  recipe.model.d_model = model.at("d_model");
  recipe.model.layers = model.at("layers");
  recipe.model.heads = model.at("heads");
  recipe.model.d_ff = model.at("d_ff");
  recipe.model.dropout = model.at("dropout");
  recipe.model.max_length = model.at("max_length");
  recipe.label_smoothing = training.at("label_smoothing");
  recipe.optimizer = {.rule = Adam{.beta1 = training.at("beta1"),
                                   .beta2 = training.at("beta2"),
                                   .epsilon = training.at("epsilon"),
                                   .decoupled_decay = true},
                      .learning_rate = training.at("learning_rate"),
                      .weight_decay = 0,
                      .gradient_clip = training.at("gradient_clip")};
  return recipe;
}

// Later arguments for the same technique win.
using Levels = std::map<std::string, json>;

Levels LevelsOf(const std::vector<std::string>& arguments, const std::string& precision) {
  Levels levels;
  if (precision == "bf16") levels["precision"] = {{"name", "amp"}, {"dtype", "bf16"}};
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    const std::string technique = argument.substr(0, equals);
    if (equals == std::string::npos || FindTechnique(technique) == nullptr) {
      throw Error("'" + argument + "': expected TECHNIQUE=LEVEL, as in padding=bucketed");
    }
    const std::string level = argument.substr(equals + 1);
    levels[technique] = level.starts_with('{') ? json::parse(level) : json{{"name", level}};
  }
  return levels;
}

void Apply(const Levels& levels, Recipe& recipe) {
  for (const Technique* technique : AllTechniques()) {
    const auto chosen = levels.find(std::string(technique->name()));
    if (chosen == levels.end()) continue;
    json options = chosen->second;
    const std::string level = options.at("name");
    options.erase("name");
    if (FindLevel(*technique, level) == nullptr) {
      throw Error("'" + level + "' is no level of " + chosen->first);
    }
    technique->Apply(level, options, recipe);
  }
}

class Peer {
 public:
  Peer(const json& config, const json& data, const Recipe& recipe, at::Device device)
      : recipe_(recipe),
        sentences_(data),
        split_(sentences_.split()),
        device_(device),
        timeline_(device_),
        model_(recipe.model, data.at("source_vocabulary"), data.at("target_vocabulary"),
               StreamSeed(config.at("seed"), "init"), recipe.sharing.layer_of_depth),
        stream_(split_, TrainingRule(recipe, split_, ProductRows(recipe, device_)),
                config.at("seed")),
        feed_(
            MakeBatchFeed(recipe.loading, DivisionFor(recipe, ranks_), split_, stream_, device_)) {
    model_->to(device_);
    model_->train();
    model_->ComputeWith(MakeKernels(recipe.kernels, device_));
    model_->RunLayersBy(MakeLayerRunner(recipe.checkpointing));
    execution_ = MakeExecution(model_, recipe, device_, ranks_, timeline_);
    for (const std::vector<int64_t>& batch : BatchesOf(data, recipe)) {
      batches_.push_back(MakeBatch(split_, stream_.rule(), batch));
    }
    BatchRule rule = stream_.rule();
    if (recipe.graph && rule.packed) {
      Recipe captured = recipe;
      captured.batching.max_tokens = FullestBatch();
      rule = TrainingRule(captured, split_, ProductRows(captured, device_));
    }
    updater_ = MakeUpdater({.model = model_,
                            .execution = *execution_,
                            .feed = *feed_,
                            .split = split_,
                            .rule = rule,
                            .recipe = recipe_,
                            .horizon = kHorizon,
                            .most_updates = kHorizon,
                            .target_vocabulary = data.at("target_vocabulary"),
                            .device = device_,
                            .timeline = timeline_});
  }

  int64_t parameters() const { return model_->CountParameters().unique; }

  json Run(int64_t updates) {
    std::vector<PendingUpdate> done;
    const double start = HostSeconds();
    for (int64_t i = 0; i < updates; ++i) {
      done.push_back(updater_->Run(batches_[next_++ % batches_.size()]));
      timeline_.Clear();
    }
    Synchronise(device_);
    return Answer(done, HostSeconds() - start);
  }

 private:
  static constexpr int64_t kHorizon = 1'000'000;

  static std::vector<std::vector<int64_t>> BatchesOf(const json& data, const Recipe& recipe) {
    const bool pools = recipe.batching.order == Batching::Order::kLengthPools;
    return data.at("batches").at(pools ? "bucketed" : "shuffled");
  }

  // In tokens of each sentence's longer side: the budget that all of them keep.
  int64_t FullestBatch() const {
    int64_t fullest = 0;
    for (const Batch& batch : batches_) {
      int64_t tokens = 0;
      for (const int64_t i : batch.sentences) tokens += LongerSide(split_, i);
      fullest = std::max(fullest, tokens);
    }
    return fullest;
  }

  static json Answer(const std::vector<PendingUpdate>& updates, double seconds) {
    UpdateFacts sum;
    double loss = 0;
    for (const PendingUpdate& update : updates) {
      sum.source_tokens += update.facts.source_tokens;
      sum.target_tokens += update.facts.target_tokens;
      sum.padded_source_tokens += update.facts.padded_source_tokens;
      sum.padded_target_tokens += update.facts.padded_target_tokens;
      sum.model_flops += update.facts.model_flops;
      loss += update.loss.item<double>() / static_cast<double>(updates.size());
    }
    return {{"seconds", seconds},
            {"source_tokens", sum.source_tokens},
            {"target_tokens", sum.target_tokens},
            {"padded_source_tokens", sum.padded_source_tokens},
            {"padded_target_tokens", sum.padded_target_tokens},
            {"model_flops", sum.model_flops},
            {"loss", loss}};
  }

  Recipe recipe_;
  Sentences sentences_;
  EncodedSplit split_;
  at::Device device_;
  Ranks ranks_;
  Timeline timeline_;
  Transformer model_;
  BatchStream stream_;
  std::unique_ptr<BatchFeed> feed_;
  std::unique_ptr<Execution> execution_;
  std::unique_ptr<Updater> updater_;
  std::vector<Batch> batches_;
  size_t next_ = 0;
};

void Say(json answer) {
  answer["peak_rss_bytes"] = HostPeakRssBytes().value_or(0);
  std::cout << answer.dump() << std::endl;
}

void Serve(const std::string& config_path, const std::vector<std::string>& arguments) {
  const json config = ReadJson(config_path);
  const at::Device device = OpenDevice(config.at("device"));
  if (device.is_cpu()) InstallCountingAllocator();
  ConfigureProcess(config.at("threads"), /*deterministic=*/false);
  Recipe recipe = BaseRecipe(config.at("model"), config.at("training"));
  Apply(LevelsOf(arguments, config.at("precision")), recipe);
  AllowTf32(recipe.precision);
  Peer peer(config, ReadJson(config.at("batches")), recipe, device);
  SeedGenerators(StreamSeed(config.at("seed"), "dropout"));
  Say({{"ready", true},
       {"threads", at::get_num_threads()},
       {"version", "libtorch " TORCH_VERSION},
       {"parameters", peer.parameters()}});
  std::string go;
  for (int64_t updates = 0; std::cin >> go >> updates;) Say(peer.Run(updates));
}

}  // namespace
}  // namespace ablate

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: ablate-peer CONFIG.json [TECHNIQUE=LEVEL…]" << std::endl;
    return 3;
  }
  try {
    ablate::Serve(argv[1], {argv + 2, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "ablate-peer: " << error.what() << std::endl;
    return 3;
  }
}
