#include "model/data/vocabulary.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/bench/families.h"
#include "harness/bench/synthetic.h"

namespace ablate {
namespace {

void EncodeSentences(benchmark::State& state, const std::string& type) {
  const std::vector<std::string> text = SyntheticSentences(kBenchSentences);
  const auto vocabulary =
      TrainVocabulary({.type = type, .size = 1000, .min_frequency = 1}, {text.begin(), text.end()});
  double tokens = 0;
  double bytes = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (const std::string& sentence : text) {
      tokens += static_cast<double>(vocabulary->Encode(sentence).size());
      bytes += static_cast<double>(sentence.size());
    }
  }
  state.counters["tokens_per_s"] = benchmark::Counter(tokens, benchmark::Counter::kIsRate);
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

}  // namespace

void RegisterVocabulary() {
  for (const std::string type : {"word", "bpe"}) {
    benchmark::RegisterBenchmark(("Vocabulary/encode/type:" + type).c_str(), EncodeSentences, type)
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace ablate
