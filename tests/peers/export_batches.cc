// Writes the batches that the peers train on: the project's own corpora, vocabularies and batch
// orders, as JSON. No Torch.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "model/data/batches.h"
#include "model/data/corpus.h"
#include "model/data/prepare.h"
#include "model/error.h"
#include "model/random.h"

namespace ablate {
namespace {

using nlohmann::json;

constexpr uint64_t kSeed = 1;

// As many pairs as Multi30k has; nothing is validated on.
CorpusSpec Phrasebook() {
  CorpusSpec corpus;
  corpus.name = "phrasebook";
  corpus.pairs = 30000;
  corpus.valid_fraction = 0.001;
  return corpus;
}

struct Options {
  CorpusSpec corpus = Phrasebook();
  VocabularySpec vocabulary;
  int64_t least_vocabulary = 0;  // of each side
  int64_t batches = 0;           // a round
  int64_t rounds = 1;
  int64_t batch_size = 64;
  int64_t target_tokens = 0;  // of an update, about; 0: as batch_size says
  int64_t pool_batches = 50;
  std::string output;
};

// From batches of one pool or more, as many as asked for, evenly over their lengths: so few stand
// for an epoch.
std::vector<Batch> Sample(std::vector<Batch> batches, int64_t count) {
  const auto size = [](const Batch& batch) { return batch.source_length + batch.target_length; };
  std::ranges::stable_sort(batches, {}, size);
  std::vector<Batch> sample;
  for (int64_t i = 0; i < count; ++i) {
    sample.push_back(batches[(2 * i + 1) * std::ssize(batches) / (2 * count)]);
  }
  Random(kSeed, "sample").Shuffle(sample);
  return sample;
}

std::vector<Batch> BucketedBatches(const EncodedSplit& split, const Options& options) {
  const BatchRule rule = {.batch_size = options.batch_size, .pool_batches = options.pool_batches};
  std::vector<Batch> epoch = EpochBatches(split, rule, kSeed, /*epoch=*/0);
  const int64_t pools = (options.batches + options.pool_batches - 1) / options.pool_batches;
  const auto whole = static_cast<size_t>(pools * options.pool_batches);
  if (epoch.size() <= whole) throw Error("--batches: the corpus has too few sentences");
  epoch.resize(whole);
  return Sample(std::move(epoch), options.batches);
}

// Sentences of an update of so many real target tokens on average.
int64_t BatchSize(const EncodedSplit& split, const Options& options) {
  if (options.target_tokens == 0) return options.batch_size;
  const int64_t tokens = split.target.tokens() + split.size();  // EOS after each
  return std::max<int64_t>(1, options.target_tokens * split.size() / tokens);
}

// The sentences of the bucketed batches, numbered anew, and who stands with whom in either order.
struct Selection {
  std::vector<int64_t> sentences;  // of the split
  std::vector<std::vector<int64_t>> bucketed, shuffled;
};

// The bucketed batches of a round, which serve for all of them, since pools make batches of the
// same few lengths over and over; a shuffle for each round, whose batches do not come again.
Selection Select(const std::vector<Batch>& batches, const Options& options) {
  Selection selection;
  for (const Batch& batch : batches) {
    auto& numbers = selection.bucketed.emplace_back(batch.sentences.size());
    std::iota(numbers.begin(), numbers.end(), std::ssize(selection.sentences));
    selection.sentences.insert(selection.sentences.end(), batch.sentences.begin(),
                               batch.sentences.end());
  }
  std::vector<int64_t> order(selection.sentences.size());
  std::iota(order.begin(), order.end(), 0);
  Random random(kSeed, "shuffled");
  for (int64_t i = 0; i < options.rounds; ++i) {
    random.Shuffle(order);
    for (auto at = order.begin(); at != order.end(); at += options.batch_size) {
      selection.shuffled.emplace_back(at, at + options.batch_size);
    }
  }
  return selection;
}

// The ids of one side. Where the corpus has fewer words than are asked for, ids are drawn in place
// of its own, with the frequencies that words have (Zipf 1935): rank r as often as 1 / r.
class IdSource {
 public:
  IdSource(int64_t learned, int64_t least)
      : size_(std::max(learned, least)), drawn_(learned < least), random_(kSeed, "ids") {}

  int64_t size() const { return size_; }
  bool drawn() const { return drawn_; }

  int32_t Id(int32_t id) {
    if (!drawn_) return id;
    const auto ranks = static_cast<double>(size_ - kSpecials);
    const auto rank = static_cast<int32_t>(std::pow(ranks + 1, random_.Uniform()) - 1);
    return kSpecials + std::min(rank, static_cast<int32_t>(ranks) - 1);
  }

 private:
  int64_t size_;
  bool drawn_;
  Random random_;
};

json SideJson(const EncodedSide& side, const std::vector<int64_t>& sentences, IdSource& source) {
  std::vector<int64_t> offsets = {0};
  std::vector<int32_t> ids;
  for (int64_t i : sentences) {
    for (int32_t id : side[i]) ids.push_back(source.Id(id));
    offsets.push_back(std::ssize(ids));
  }
  return {{"offsets", offsets}, {"ids", ids}};
}

json Export(Options options) {
  const PreparedCorpus prepared =
      PrepareEncodedCorpus(options.corpus, options.vocabulary, DefaultCache(), ".");
  const EncodedCorpus corpus = EncodedCorpus::Map(prepared.path);
  const EncodedSplit& split = corpus.train();
  options.batch_size = BatchSize(split, options);
  const Selection selection = Select(BucketedBatches(split, options), options);
  IdSource source(prepared.source_vocabulary, options.least_vocabulary);
  IdSource target(prepared.target_vocabulary, options.least_vocabulary);
  return {{"corpus", options.corpus.name == "lines" ? options.corpus.source : options.corpus.name},
          {"source_vocabulary", source.size()},
          {"target_vocabulary", target.size()},
          {"ids_drawn", source.drawn() || target.drawn()},
          {"source", SideJson(split.source, selection.sentences, source)},
          {"target", SideJson(split.target, selection.sentences, target)},
          {"batches", {{"bucketed", selection.bucketed}, {"shuffled", selection.shuffled}}}};
}

void Run(const Options& options) {
  std::ofstream file(options.output);
  if (!(file << Export(options).dump() << '\n').flush()) {
    throw Error("cannot write " + options.output);
  }
}

}  // namespace
}  // namespace ablate

int main(int argc, char** argv) {
  ablate::Options options;
  CLI::App app("Writes the batches that tests/peers/compare.py has its peers train on.");
  auto* source =
      app.add_option("--source", options.corpus.source, "lines of English; plain or gzip");
  app.add_option("--target", options.corpus.target, "the same lines in French")->needs(source);
  app.add_option("--pairs", options.corpus.pairs, "without --source: of the phrasebook");
  app.add_option("--vocabulary", options.vocabulary.type, "word or bpe");
  app.add_option("--vocabulary-size", options.vocabulary.size, "at most, specials included");
  app.add_option("--min-frequency", options.vocabulary.min_frequency, "of a word");
  app.add_option("--least-vocabulary", options.least_vocabulary,
                 "where the corpus has fewer words, ids are drawn from so many");
  app.add_option("--batches", options.batches, "of a round")
      ->required()
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds)->check(CLI::PositiveNumber);
  app.add_option("--batch-size", options.batch_size, "sentences")->check(CLI::PositiveNumber);
  app.add_option("--target-tokens", options.target_tokens,
                 "real ones of an update, about, in place of --batch-size")
      ->check(CLI::PositiveNumber);
  app.add_option("--pool-batches", options.pool_batches)->check(CLI::PositiveNumber);
  app.add_option("--output", options.output)->required();
  CLI11_PARSE(app, argc, argv);
  if (!options.corpus.source.empty()) options.corpus.name = "lines";
  try {
    ablate::Run(options);
    return 0;
  } catch (const ablate::Error& error) {
    std::cerr << "ablate-export-batches: " << error.what() << std::endl;
    return 3;
  }
}
