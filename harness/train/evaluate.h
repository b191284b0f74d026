// What the model is worth on the validation split: its loss, and its translations.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "harness/train/device_batch.h"
#include "harness/train/execution.h"
#include "model/data/encoded_corpus.h"
#include "techniques/parallelism_torch.h"
#include "techniques/recipe.h"

namespace ablate {

// Cross-entropy a real token, without smoothing, dropout or gradients, in the recipe's precision.
// Batches are smaller than what a rank trains on at once, so that it needs less memory. The model
// is left in training mode. `split` is not empty. All ranks call it together, and get the same.
double ValidationLoss(Transformer& model, Execution& execution, Ranks& ranks,
                      const EncodedSplit& split, const Recipe& recipe, at::Device device);

struct Translation {
  std::string source, reference, translation;
};

struct TranslationQuality {
  double bleu = 0;
  std::string signature;
  std::vector<Translation> translations;  // in the split's order
};

// Greedy translations of the first `sentences` of the validation split, of which there are so many.
TranslationQuality Translate(Transformer& model, const EncodedCorpus& corpus, int64_t sentences,
                             const Recipe& recipe, at::Device device);

}  // namespace ablate
