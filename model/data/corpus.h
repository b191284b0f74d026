// Parallel corpora: pairs of an English and a French sentence, where they come from, and how they are filtered and split.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ablate {

struct SentencePair {
  std::string source;  // English, UTF-8, no line breaks, trimmed
  std::string target;  // French

  bool operator==(const SentencePair&) const = default;
};

// The suite's "corpus" object, checked and with its defaults.
struct CorpusSpec {
  std::string name;  // phrasebook | libreoffice_help | opus_books | multi30k | lines | tsv

  // phrasebook
  uint64_t seed = 0;
  int64_t pairs = 50000;
  // lines: two files of equal line count; tsv: one file, "source<TAB>target" a line. Plain or gzip.
  std::string source;
  std::string target;
  std::string path;

  // All corpora. A limit that is absent does not filter.
  std::optional<int64_t> max_pairs;             // the first so many that pass the filters, after a shuffle by split_seed
  std::optional<int64_t> min_source_words;      // words are runs between white space
  std::optional<int64_t> max_source_chars;      // Unicode code points
  std::optional<int64_t> max_target_excess_chars;  // code points of target minus those of source
  double valid_fraction = 0.1;                  // of the distinct source sentences
  uint64_t split_seed = 0;
};

// Where every pair that was read went: read = train + valid + all that is counted below.
struct CorpusCounts {
  int64_t read = 0;
  int64_t empty = 0;           // one side empty after trimming
  int64_t invalid_utf8 = 0;    // malformed UTF-8, or a NUL byte
  int64_t too_long_line = 0;   // a line over 64 KiB
  int64_t unpaired = 0;        // libreoffice_help: a paragraph without a counterpart
  int64_t untranslated = 0;    // libreoffice_help: both sides are the same text (code, names, numbers)
  int64_t duplicate = 0;       // the same pair again
  int64_t too_few_words = 0;
  int64_t too_many_chars = 0;
  int64_t too_much_excess = 0;
  int64_t over_max_pairs = 0;
  int64_t train = 0;
  int64_t valid = 0;
};

struct Corpus {
  std::vector<SentencePair> train;
  std::vector<SentencePair> valid;  // shares no source sentence with train
  CorpusCounts counts;
  std::string sha256;  // of what was read (files as they lie on disk; for a generated corpus, of its text), 64 hex digits
};

// The counts in a line for people: "34152 read: 30737 train, 3415 valid".
std::string Describe(const CorpusCounts& counts);

// Reads (or generates), filters and splits. Deterministic. `cache` is the folder that `ablate fetch` fills. Relative paths
// of `lines` and `tsv` are taken from `base`, the folder of the suite file. Throws Error: an absent corpus names the
// command that fetches it; bad input names file and line.
Corpus LoadCorpus(const CorpusSpec& spec, const std::filesystem::path& cache, const std::filesystem::path& base);

// The folder for fetched corpora, encoded ids and the like: $ABLATE_CACHE, else `.cache/` in the current folder's project
// (the folder that holds the driver's `suites/`), else $XDG_CACHE_HOME/ablate, else ~/.cache/ablate.
std::filesystem::path DefaultCache();

}  // namespace ablate
