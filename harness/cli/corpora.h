// The corpora of a suite's cells, encoded once each.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/plan/settings.h"
#include "model/data/encoded_corpus.h"
#include "model/data/prepare.h"

namespace ablate {

class EncodedCorpora {
 public:
  // base: where relative paths of a suite's corpus start.
  explicit EncodedCorpora(std::filesystem::path base);

  // Prepares the corpus at its first use and says so on stderr. Throws Error where it can't be had.
  const PreparedCorpus& Get(const Settings& settings) { return Find(settings).prepared; }
  const EncodedCorpus& Map(const Settings& settings) { return Find(settings).ids; }

  // {"<name>-<hash of its spec>": sha256} of those prepared.
  const nlohmann::json& hashes() const { return hashes_; }

 private:
  struct Corpus {
    PreparedCorpus prepared;
    EncodedCorpus ids;
  };
  const Corpus& Find(const Settings& settings);

  std::filesystem::path cache_, base_;
  std::map<std::string, Corpus> corpora_;  // by corpus and vocabulary as JSON
  nlohmann::json hashes_ = nlohmann::json::object();
};

}  // namespace ablate
