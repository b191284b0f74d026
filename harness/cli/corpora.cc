#include "harness/cli/corpora.h"

#include <iostream>

#include "harness/run/format.h"
#include "model/data/sha256.h"

namespace ablate {
namespace {

void Describe(const CorpusSpec& spec, const PreparedCorpus& corpus) {
  std::cerr << "corpus " << spec.name << ": " << FormatGrouped(corpus.counts.train)
            << " pairs to train, " << FormatGrouped(corpus.counts.valid) << " to validate, of "
            << FormatGrouped(corpus.counts.read) << " read; vocabularies "
            << FormatGrouped(corpus.source_vocabulary) << " and "
            << FormatGrouped(corpus.target_vocabulary) << std::endl;
}

}  // namespace

EncodedCorpora::EncodedCorpora(std::filesystem::path base)
    : cache_(DefaultCache()), base_(std::move(base)) {}

const EncodedCorpora::Corpus& EncodedCorpora::Find(const Settings& settings) {
  const nlohmann::json json = ToJson(settings);
  const std::string spec = json.at("corpus").dump();
  const std::string key = spec + json.at("vocabulary").dump();
  const auto found = corpora_.find(key);
  if (found != corpora_.end()) return found->second;
  const PreparedCorpus prepared =
      PrepareEncodedCorpus(settings.corpus, settings.vocabulary, cache_, base_);
  Describe(settings.corpus, prepared);
  hashes_[settings.corpus.name + "-" + Sha256Hex(spec).substr(0, 8)] = prepared.corpus_sha256;
  return corpora_.emplace(key, Corpus{prepared, EncodedCorpus::Map(prepared.path)}).first->second;
}

}  // namespace ablate
