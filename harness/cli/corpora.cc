#include "harness/cli/corpora.h"

#include <iostream>

#include "harness/run/format.h"
#include "model/data/sha256.h"
#include "model/error.h"

namespace ablate {
namespace {

void Describe(const CorpusSpec& spec, const PreparedCorpus& corpus) {
  std::cerr << "corpus " << spec.name << ": " << FormatGrouped(corpus.counts.train)
            << " pairs to train, " << FormatGrouped(corpus.counts.valid) << " to validate, of "
            << FormatGrouped(corpus.counts.read) << " read; vocabularies "
            << FormatGrouped(corpus.source_vocabulary) << " and "
            << FormatGrouped(corpus.target_vocabulary) << std::endl;
}

void CheckLength(const PreparedCorpus& corpus, int64_t length, const std::string& path) {
  const int64_t longest = std::max(corpus.longest_source, corpus.longest_target);
  if (length >= longest) return;
  throw Error(path + " is " + std::to_string(length) + ", but the corpus has a sentence of " +
              std::to_string(longest) + " tokens; raise it, or lower corpus.max_source_chars");
}

void CheckLengths(const Settings& settings, const PreparedCorpus& corpus) {
  CheckLength(corpus, settings.model.max_length, "model.max_length");
  const Batching batching = MakeRecipe(settings).batching;
  if (batching.pad_to == Batching::PadTo::kLength) {
    CheckLength(corpus, batching.length, "option \"length\" of padding");
  }
}

}  // namespace

EncodedCorpora::EncodedCorpora(std::filesystem::path base)
    : cache_(DefaultCache()), base_(std::move(base)) {}

const PreparedCorpus& EncodedCorpora::Get(const Settings& settings) {
  const nlohmann::json json = ToJson(settings);
  const std::string spec = json.at("corpus").dump();
  const std::string key = spec + json.at("vocabulary").dump();
  auto found = prepared_.find(key);
  if (found == prepared_.end()) {
    PreparedCorpus corpus =
        PrepareEncodedCorpus(settings.corpus, settings.vocabulary, cache_, base_);
    Describe(settings.corpus, corpus);
    hashes_[settings.corpus.name + "-" + Sha256Hex(spec).substr(0, 8)] = corpus.corpus_sha256;
    found = prepared_.emplace(key, std::move(corpus)).first;
  }
  CheckLengths(settings, found->second);
  return found->second;
}

}  // namespace ablate
