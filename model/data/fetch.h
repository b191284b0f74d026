// `ablate fetch`: brings a corpus into the cache, once.
#pragma once

#include <filesystem>
#include <string>

#include "model/data/fetched_corpus.h"

namespace ablate {

struct FetchOptions {
  std::string from = {};        // a folder, a file or a URL; empty: the corpus's own source
  FetchProgress progress = {};  // bytes so far and in all (0: not known) of a file
  bool accept_changed = false;
};

// Puts the files of corpus `name` into <cache>/corpora/<name>/ and records there the SHA-256 of
// each (manifest.json). A corpus that is there already, unchanged, is not fetched again, unless
// `from` names a source. Files that differ from what was recorded are refused with an Error, and
// what was there stays, unless accept_changed.
void FetchCorpus(const std::string& name, const std::filesystem::path& cache,
                 const FetchOptions& options);

// The folder of a fetched corpus, its files checked against what was recorded. `sha256` becomes the
// hash of the corpus: of its file, or of the list of its files' hashes. Throws Error that names the
// command where the corpus is absent.
std::filesystem::path OpenFetchedCorpus(const std::string& name, const std::filesystem::path& cache,
                                        std::string& sha256);

}  // namespace ablate
