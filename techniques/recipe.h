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
  // Not 0: batches are cut by tokens instead. An update's sentences times the padded length of
  // their longer side come to no more than this.
  int64_t max_tokens = 0;
  int64_t token_budgets =
      1;  // that max_tokens is the sum of, each of which holds a longest sentence

  // The first update has `initial_fraction` of a batch, later ones more, in proportion to the
  // examples that were trained on, up to a whole one after `growth_epochs`. 0: whole from the
  // start.
  double growth_epochs = 0;
  double initial_fraction = 1;

  enum class Order { kShuffled, kLengthPools } order = Order::kShuffled;
  int64_t pool_batches = 50;  // kLengthPools: batches cut from one length-sorted pool

  // kNone: a batch's sentences lie one after the other.
  enum class PadTo { kBatchLongest, kCorpusLongest, kLength, kNone } pad_to = PadTo::kCorpusLongest;
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

// Update rules. Every momentum that a schedule cycles is the rule's beta1, or Sgd's momentum.
struct Adam {  // Kingma and Ba 2015
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  bool decoupled_decay = false;  // AdamW, Loshchilov and Hutter 2019
};
struct Lamb {  // You et al. 2020
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
};
struct Adafactor {  // Shazeer and Stern 2018, as torch.optim.Adafactor has it
  double beta2_decay = -0.8;
  double epsilon = 1e-3;  // of the parameters' scale
  double clip_threshold = 1;
};
struct Lion {  // Chen et al. 2023
  double beta1 = 0.9;
  double beta2 = 0.99;
};
struct Sgd {
  double momentum = 0;
  bool nesterov = false;
};

struct Optimizer {
  std::variant<Adam, Lamb, Adafactor, Lion, Sgd> rule;
  double learning_rate = 1e-3;
  double weight_decay = 0;   // of matrices alone: biases and norms decay under no rule
  double gradient_clip = 0;  // global norm; 0: none
};

struct ConstantSchedule {
  double warmup_fraction = 0;  // of the horizon, linear from 0
  double horizon_epochs = 0;   // 0: the target's max_epochs
};

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

// Linear warm-up from 0 to the optimizer's learning_rate, then a decay towards min_fraction of it
// at the end of the horizon.
struct DecaySchedule {
  enum class Shape {
    kCosine,
    kInverseSqrt,  // Vaswani et al. 2017: with the update's number, to no end
    kLinear,
    kPolynomial,
    kStable,  // holds, then decays over the last decay_fraction (warmup_stable_decay)
  } shape = Shape::kCosine;
  double warmup_fraction = 0;   // of the horizon
  double min_fraction = 0;      // of learning_rate
  double power = 2;             // kPolynomial; 1 would be kLinear
  double decay_fraction = 0.1;  // kStable: of the horizon
  double horizon_epochs = 0;    // 0: the target's max_epochs
};

using Schedule = std::variant<ConstantSchedule, OneCycleSchedule, DecaySchedule>;

// What the operations of the model's layers are: LibTorch's, or some of them made into one.
enum class KernelSet { kReference, kFused };

// Threads of one process that train copies of the model on parts of each batch; CPU.
struct Replicas {
  int64_t count = 1;
};

// Which layers keep no activations but their inputs, and are run again in the backward pass (Chen
// et al. 2016).
struct Checkpointing {
  int64_t every = 0;  // every so-manieth layer of each stack; 0: none
};

// Who collates batches, and when they reach the device. Never changes which batches there are.
struct Loading {
  int64_t workers = 0;     // threads that collate ahead; 0: the training thread does it
  int64_t prefetch = 2;    // updates that each of them may be ahead
  bool pin_memory = true;  // batches are collated into page-locked memory, where there is a GPU
  bool resident = false;   // the whole split lies on the device and is gathered by index
};

// The processes that train a run together, one a device.
struct Parallelism {
  enum class Kind { kNone, kData, kModel } kind = Kind::kNone;
  int64_t processes = 1;
  double bucket_mb = 25;      // kData: gradients that are reduced together
  int64_t micro_batches = 1;  // kModel: that an update is pipelined in
  double timeout_s = 300;     // for a process that does not answer
};

// An exponential moving average of the parameters, evaluated in place of them (Polyak and Juditsky
// 1992).
struct Averaging {
  double decay = 0;    // a update; 0: none
  bool warmup = true;  // decay is at most (1 + updates) / (10 + updates)
};

struct Recipe {
  TransformerConfig model;
  LayerSharing sharing;
  Batching batching;
  Precision precision;
  double label_smoothing = 0;
  Optimizer optimizer;
  Schedule schedule;
  int64_t micro_batches = 1;  // an update's gradient is summed over, one after the other
  Checkpointing checkpointing;
  Loading loading;
  Parallelism parallelism;
  Averaging averaging;
  KernelSet kernels = KernelSet::kReference;
  Replicas replicas;
  bool graph = false;  // updates of one shape are captured once as a CUDA graph, and replayed
};

}  // namespace ablate
