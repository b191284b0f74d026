#include "harness/train/evaluate.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "model/data/bleu.h"
#include "model/net/decoding.h"
#include "model/trace.h"
#include "techniques/precision_torch.h"

namespace ablate {
namespace {

// Half of what a rank trains on at once: evaluation batches the longest sentences together, and
// would else be what sets the peak of memory.
int64_t EvaluationShare(const Recipe& recipe, int64_t of_update) {
  const Parallelism& parallelism = recipe.parallelism;
  const int64_t others = parallelism.kind == Parallelism::Kind::kModel ? parallelism.micro_batches
                                                                       : parallelism.processes;
  return std::max<int64_t>(1, of_update / (2 * others * recipe.micro_batches));
}

std::vector<Batch> ValidationBatches(const EncodedSplit& split, const Recipe& recipe) {
  const Batching& batching = recipe.batching;
  const int64_t max_tokens =
      batching.max_tokens > 0 ? EvaluationShare(recipe, batching.max_tokens) : 0;
  return EvaluationBatches(split, EvaluationShare(recipe, batching.batch_size), max_tokens);
}

// The first `sentences` of the split, those of like length together.
std::vector<Batch> TranslationBatches(const EncodedSplit& split, int64_t sentences,
                                      int64_t batch_size) {
  std::vector<int64_t> order(sentences);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](int64_t i) { return split.source.length(i); });
  std::vector<Batch> batches;
  for (std::span<const int64_t> rest = order; !rest.empty();) {
    const size_t count = std::min<size_t>(batch_size, rest.size());
    batches.push_back(MakeBatch(split, {}, rest.first(count)));
    rest = rest.subspan(count);
  }
  return batches;
}

// French is seldom so much longer than English; a model that has not learnt to end sentences costs
// no more than this.
int64_t MaxNewTokens(const Batch& batch, const TransformerConfig& config) {
  return std::min(config.max_length, 2 * batch.source_length + 10);
}

}  // namespace

double ValidationLoss(Transformer& model, Execution& execution, Ranks& ranks,
                      const EncodedSplit& split, const Recipe& recipe, at::Device device) {
  const TraceRange range("evaluate");
  const at::NoGradGuard no_gradients;
  model->eval();
  BatchLoader loader(split, device);
  const std::vector<Batch> batches = ValidationBatches(split, recipe);
  at::Tensor sum = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device));
  const auto [first, step] = execution.evaluation_share();
  for (size_t i = first; i < batches.size(); i += step) {
    loader.Load(batches[i]);
    sum += execution.EvaluationLoss(loader.ToDevice());
  }
  model->train();
  ranks.Sum(sum);
  const int64_t tokens = split.target.tokens() + split.size();  // EOS after each sentence
  return sum.item<double>() / static_cast<double>(tokens);
}

TranslationQuality Translate(Transformer& model, const EncodedCorpus& corpus, int64_t sentences,
                             const Recipe& recipe, at::Device device) {
  const TraceRange range("translate");
  const EncodedSplit& split = corpus.valid();
  BatchLoader loader(split, device);
  std::vector<std::string> translated(sentences);
  for (const Batch& batch :
       TranslationBatches(split, sentences, EvaluationShare(recipe, recipe.batching.batch_size))) {
    loader.Load(batch);
    const DeviceBatch on_device = loader.ToDevice();
    const AutocastScope autocast(recipe.precision, device);
    const auto ids = GreedyDecode(model, on_device.source, on_device.source_layout.mask.has_value(),
                                  MaxNewTokens(batch, model->config()));
    for (size_t row = 0; row < ids.size(); ++row) {
      translated[batch.sentences[row]] = corpus.TargetText(ids[row]);
    }
  }

  TranslationQuality quality;
  std::vector<std::string> references;
  for (int64_t i = 0; i < sentences; ++i) {
    references.push_back(corpus.TargetReference(i));
    quality.translations.push_back(
        {std::string(corpus.valid_source_text(i)), references.back(), translated[i]});
  }
  const BleuTokenizer tokenizer =
      corpus.target_detokenises() ? BleuTokenizer::k13a : BleuTokenizer::kNone;
  quality.bleu = CorpusBleu(translated, references, tokenizer).score;
  quality.signature = BleuSignature(tokenizer);
  return quality;
}

}  // namespace ablate
