// The recipe of one run: plain data, one slot a concern, no Torch. A default Recipe is the
// baseline; a technique edits slots; the trainer reads them and has no `if (technique)`.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/net/transformer_config.h"

namespace ablate {

// How sentences become batches, and batches become rectangles. Read by model/data/batches.h through
// the trainer.
struct Batching {
  int64_t batch_size = 32;  // sentences an update; the last batch of an epoch may be smaller

  enum class Order { kShuffled, kLengthPools } order = Order::kShuffled;
  int64_t pool_batches = 50;  // kLengthPools: batches cut from one length-sorted pool

  enum class PadTo { kBatchLongest, kCorpusLongest, kLength } pad_to = PadTo::kCorpusLongest;
  int64_t length = 0;  // kLength: tokens a sentence, specials included
};

// In what number format an update computes. Parameters are float32 always.
struct Precision {
  bool tf32 = false;  // CUDA matrix products may round inputs to TF32
  enum class Autocast { kOff, kDeviceDefault, kFloat16, kBFloat16 } autocast = Autocast::kOff;
  // float16 alone uses the dynamic loss scale (Micikevicius et al. 2018).
  double initial_loss_scale = 65536;
  double growth_factor = 2;
  double backoff_factor = 0.5;
  int64_t growth_interval = 2000;
};

// Which of the `unique` parameter sets the layer at each depth uses, encoder and decoder alike.
// Takase and Kiyono 2021.
struct LayerSharing {
  // layer_of_depth[d] in [0, unique); empty: every depth has its own.
  std::vector<int64_t> layer_of_depth;
};

struct Optimizer {
  enum class Kind { kAdam, kAdamW } kind = Kind::kAdam;
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double gradient_clip = 0;  // global norm; 0: none
};

struct ConstantSchedule {};

// The policy of Smith and Topin 2018, with the options of torch.optim.lr_scheduler.OneCycleLR.
struct OneCycleSchedule {
  double max_lr = 0;  // 0: the optimizer's learning_rate
  double pct_start = 0.3;
  double div_factor = 25;
  double final_div_factor = 1e4;
  enum class Anneal { kCos, kLinear } anneal = Anneal::kCos;
  bool three_phase = false;
  bool cycle_momentum = true;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  double horizon_epochs = 0;  // length of the cycle; 0: the target's max_epochs
};

using Schedule = std::variant<ConstantSchedule, OneCycleSchedule>;

struct Recipe {
  TransformerConfig model;
  LayerSharing sharing;
  Batching batching;
  Precision precision;
  double label_smoothing = 0;
  Optimizer optimizer;
  Schedule schedule;
};

}  // namespace ablate
