// The corpora of a suite's cells, encoded once each.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/plan/settings.h"
#include "model/data/prepare.h"

namespace ablate {

class EncodedCorpora {
 public:
  // base: where relative paths of a suite's corpus start.
  explicit EncodedCorpora(std::filesystem::path base);

  // Prepares the corpus at its first use and says so on stderr. Throws Error where it can't be had,
  // or where its sentences don't fit the settings' lengths.
  const PreparedCorpus& Get(const Settings& settings);

  // {"<name>-<hash of its spec>": sha256} of those prepared.
  const nlohmann::json& hashes() const { return hashes_; }

 private:
  std::filesystem::path cache_, base_;
  std::map<std::string, PreparedCorpus> prepared_;  // by corpus and vocabulary as JSON
  nlohmann::json hashes_ = nlohmann::json::object();
};

}  // namespace ablate
