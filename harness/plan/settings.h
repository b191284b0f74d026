// Everything that defines what one cell trains: the resolved configuration, typed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/data/corpus.h"
#include "model/data/vocabulary_spec.h"
#include "model/net/transformer_config.h"
#include "techniques/recipe.h"

namespace ablate {

// The suite's "training" object.
struct TrainingSettings {
  int64_t batch_size = 32;
  double label_smoothing = 0;
  double learning_rate = 1e-3;
  double gradient_clip = 0;  // global norm; 0: none
  double weight_decay = 0;
};

// The suite's "target" object: when a run has arrived, how long it may take, and how often it is
// looked at.
struct TargetSettings {
  std::string metric = "train_loss";  // train_loss | valid_loss
  double value = 1.8;
  double max_epochs = 30;
  double max_seconds = 1200;  // of the train clock
  int64_t window_examples =
      0;  // train_loss is averaged over so many trailing examples; 0: one epoch
  int64_t loss_interval = 10;           // updates between readings of the loss
  int64_t evaluate_every_examples = 0;  // 0: one epoch
};

// The suite's "quality" object.
struct QualitySettings {
  int64_t max_sentences =
      200;  // validation sentences that are translated greedily for BLEU; 0: none
};

struct Settings {
  CorpusSpec corpus;
  VocabularySpec vocabulary;
  TransformerConfig model;
  TrainingSettings training;
  TargetSettings target;
  QualitySettings quality;
  bool deterministic = false;  // CUDA: deterministic kernels only
  nlohmann::json techniques;   // {"padding": {"name": "static", option: value…}, …}: every
                               // technique, in the table's order
};

// The resolved configuration as JSON, defaults written out, and back. FromJson throws Error on
// anything unknown.
nlohmann::json ToJson(const Settings& settings);
Settings SettingsFromJson(const nlohmann::json& json);

// The baseline recipe with the settings' values, edited by each technique's level in the table's
// order.
Recipe MakeRecipe(const Settings& settings);

}  // namespace ablate
