// What tests on a GPU share: they skip where there is none.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "harness/train/device.h"
#include "harness/train/trainer.h"
#include "model/error.h"
#include "tests/train/toy_corpus.h"

namespace ablate::testing {

class OnCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      device_ = OpenDevice("cuda");
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
    corpus_.emplace(EncodedCorpus::Map(WriteToyCorpus(200)));
    job_.recipe.model = {
        .d_model = 32, .layers = 2, .heads = 2, .d_ff = 64, .dropout = 0, .max_length = 64};
    job_.recipe.batching.batch_size = 20;
    job_.recipe.optimizer = {.rule = Adam(), .learning_rate = 3e-3, .gradient_clip = 1};
    job_.recipe.schedule = OneCycleSchedule{};
    job_.target = {.value = 0, .max_epochs = 3, .window_examples = 100, .loss_interval = 7};
    job_.seed = 3;
  }

  std::unique_ptr<Trainer> TrainedOn(at::Device device) {
    auto trainer = std::make_unique<Trainer>(job_, *corpus_, device, ranks_, progress_);
    trainer->WarmUp();
    trainer->Train();
    return trainer;
  }

  Ranks ranks_;
  Progress progress_{-1};
  std::optional<EncodedCorpus> corpus_;
  at::Device device_ = at::kCPU;
  TrainingJob job_;
};

}  // namespace ablate::testing
