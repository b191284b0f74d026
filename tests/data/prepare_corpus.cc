// What the way from text to batches takes, of a process of its own:
//
//   prepare_corpus CACHE phrasebook PAIRS
//   prepare_corpus CACHE lines SOURCE TARGET
//
// Prints JSON: seconds of each stage and of all, what came out, and the process's peak memory.
#include <sys/resource.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "model/data/batches.h"
#include "model/data/corpus.h"
#include "model/data/encoded_corpus.h"
#include "model/data/prepare.h"
#include "model/error.h"

namespace ablate {
namespace {

class Stopwatch {
 public:
  double Lap() { return Seconds(std::exchange(lap_, Clock::now())); }
  double SinceStart() const { return Seconds(start_); }

 private:
  using Clock = std::chrono::steady_clock;
  static double Seconds(Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  }
  Clock::time_point start_ = Clock::now();
  Clock::time_point lap_ = start_;
};

CorpusSpec SpecOf(const std::vector<std::string>& arguments) {
  CorpusSpec spec;
  spec.name = arguments.at(1);
  if (spec.name == "phrasebook") {
    spec.pairs = std::stoll(arguments.at(2));
  } else {
    spec.source = arguments.at(2);
    spec.target = arguments.at(3);
  }
  return spec;
}

int64_t PeakBytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

void PrintCosts(const std::vector<std::string>& arguments) {
  const CorpusSpec spec = SpecOf(arguments);
  nlohmann::json costs;
  Stopwatch stopwatch;
  PreparedCorpus prepared;
  {
    const Corpus corpus = LoadCorpus(spec, arguments[0], ".");
    costs["corpus_s"] = stopwatch.Lap();
    prepared = PrepareEncodedCorpus(corpus, spec, VocabularySpec(), arguments[0]);
    costs["encoding_s"] = stopwatch.Lap();
  }
  costs["free_s"] = stopwatch.Lap();
  const EncodedCorpus corpus = EncodedCorpus::Map(prepared.path);
  costs["map_s"] = stopwatch.Lap();
  const BatchRule rule = {.batch_size = 64, .pool_batches = 50};
  const std::vector<Batch> batches = EpochBatches(corpus.train(), rule, /*order_seed=*/1, 0);
  costs["batches_s"] = stopwatch.Lap();
  costs["seconds"] = stopwatch.SinceStart();
  costs["pairs"] = prepared.counts.train + prepared.counts.valid;
  costs["train_tokens"] = prepared.train_source_tokens + prepared.train_target_tokens;
  costs["batches"] = batches.size();
  costs["file"] = prepared.path.string();
  costs["peak_rss_bytes"] = PeakBytes();
  std::cout << costs.dump() << std::endl;
}

}  // namespace
}  // namespace ablate

int main(int argc, char** argv) {
  try {
    ablate::PrintCosts({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
