#include "model/data/prepare.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "model/data/atomic_file.h"
#include "model/data/encoded_corpus.h"
#include "model/data/sha256.h"
#include "model/data/vocabulary.h"
#include "model/error.h"

namespace ablate {
namespace {

using nlohmann::json;

// Raised where tokenisation, vocabulary training or the file changes, so that what older versions
// left is not used.
constexpr int kEncodingVersion = 1;

json OrNull(const std::optional<int64_t>& limit) { return limit ? json(*limit) : json(); }

json ToJson(const CorpusCounts& counts) {
  static_assert(sizeof(CorpusCounts) == 13 * sizeof(int64_t), "name the new count below");
  return {{"read", counts.read},
          {"empty", counts.empty},
          {"invalid_utf8", counts.invalid_utf8},
          {"too_long_line", counts.too_long_line},
          {"unpaired", counts.unpaired},
          {"untranslated", counts.untranslated},
          {"duplicate", counts.duplicate},
          {"too_few_words", counts.too_few_words},
          {"too_many_chars", counts.too_many_chars},
          {"too_much_excess", counts.too_much_excess},
          {"over_max_pairs", counts.over_max_pairs},
          {"train", counts.train},
          {"valid", counts.valid}};
}

json ToJson(const PreparedCorpus& prepared) {
  return {{"counts", ToJson(prepared.counts)},
          {"corpus_sha256", prepared.corpus_sha256},
          {"source_vocabulary", prepared.source_vocabulary},
          {"target_vocabulary", prepared.target_vocabulary},
          {"longest_source", prepared.longest_source},
          {"longest_target", prepared.longest_target},
          {"train_source_tokens", prepared.train_source_tokens},
          {"train_target_tokens", prepared.train_target_tokens}};
}

LearnedVocabulary Learn(const std::vector<SentencePair>& pairs, std::string SentencePair::*side,
                        const VocabularySpec& spec) {
  std::vector<std::string_view> sentences;
  sentences.reserve(pairs.size());
  for (const SentencePair& pair : pairs) sentences.push_back(pair.*side);
  return LearnAndEncode(spec, sentences);
}

void Encode(const Corpus& corpus, const VocabularySpec& spec, const std::filesystem::path& path) {
  const auto source = Learn(corpus.train, &SentencePair::source, spec);
  const auto target = Learn(corpus.train, &SentencePair::target, spec);
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    throw Error(path.parent_path().string() +
                ": can't make this folder of the cache: " + error.message());
  }
  const auto beside = [&](const char* extension) {
    return std::filesystem::path(path).replace_extension(extension);
  };
  WriteByRename(beside("source.vocabulary"), source.vocabulary->Serialise());
  WriteByRename(beside("target.vocabulary"), target.vocabulary->Serialise());
  WriteEncodedCorpus(path, corpus, EncodedTrain{*source.vocabulary, source.ids},
                     EncodedTrain{*target.vocabulary, target.ids});
}

// The file in the cache; one that is missing or damaged is written anew.
EncodedCorpus MapOrEncode(const Corpus& corpus, const VocabularySpec& spec,
                          const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) {
    try {
      return EncodedCorpus::Map(path);
    } catch (const Error&) {
      // A cache mends itself; below it is written whole.
    }
  }
  Encode(corpus, spec, path);
  return EncodedCorpus::Map(path);
}

}  // namespace

std::string EncodedCorpusKey(const CorpusSpec& corpus, std::string_view corpus_sha256,
                             const VocabularySpec& vocabulary) {
  const json content = {{"encoding", kEncodingVersion},
                        {"corpus_sha256", corpus_sha256},
                        {"name", corpus.name},
                        {"seed", corpus.seed},
                        {"pairs", corpus.pairs},
                        {"max_pairs", OrNull(corpus.max_pairs)},
                        {"min_source_words", OrNull(corpus.min_source_words)},
                        {"max_source_chars", OrNull(corpus.max_source_chars)},
                        {"max_target_excess_chars", OrNull(corpus.max_target_excess_chars)},
                        {"valid_fraction", corpus.valid_fraction},
                        {"split_seed", corpus.split_seed},
                        {"type", vocabulary.type},
                        {"size", vocabulary.size},
                        {"min_frequency", vocabulary.min_frequency}};
  return Sha256Hex(content.dump());
}

PreparedCorpus PrepareEncodedCorpus(const Corpus& corpus, const CorpusSpec& spec,
                                    const VocabularySpec& vocabulary,
                                    const std::filesystem::path& cache) {
  PreparedCorpus prepared;
  prepared.path = cache / "encoded" / (EncodedCorpusKey(spec, corpus.sha256, vocabulary) + ".ids");
  prepared.counts = corpus.counts;
  prepared.corpus_sha256 = corpus.sha256;
  const EncodedCorpus ids = MapOrEncode(corpus, vocabulary, prepared.path);
  const EncodedSplit& train = ids.train();
  const EncodedSplit& valid = ids.valid();
  prepared.source_vocabulary = ids.source_vocabulary_size();
  prepared.target_vocabulary = ids.target_vocabulary_size();
  prepared.longest_source = std::max(train.source.longest(), valid.source.longest()) + 2;
  prepared.longest_target = std::max(train.target.longest(), valid.target.longest()) + 1;
  prepared.train_source_tokens = train.source.tokens();
  prepared.train_target_tokens = train.target.tokens();
  const auto facts = std::filesystem::path(prepared.path).replace_extension("json");
  if (!std::filesystem::exists(facts)) WriteByRename(facts, ToJson(prepared).dump(2) + "\n");
  return prepared;
}

PreparedCorpus PrepareEncodedCorpus(const CorpusSpec& corpus, const VocabularySpec& vocabulary,
                                    const std::filesystem::path& cache,
                                    const std::filesystem::path& base) {
  return PrepareEncodedCorpus(LoadCorpus(corpus, cache, base), corpus, vocabulary, cache);
}

}  // namespace ablate
