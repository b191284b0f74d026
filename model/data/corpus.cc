#include "model/data/corpus.h"

#include <utility>

#include "model/data/fetch.h"
#include "model/data/filter.h"
#include "model/data/pair_intake.h"
#include "model/data/parallel_files.h"
#include "model/data/phrasebook/phrasebook.h"
#include "model/data/sha256.h"
#include "model/data/split.h"

namespace ablate {
namespace {

constexpr size_t kHashedAtOnce = 32 * 1024;

// Each of the readers below returns the hash of what it read.

std::string Generate(const CorpusSpec& spec, PairIntake& intake) {
  // They need none of the intake's checks, and a copy of ten million would take its time.
  intake.pairs = GeneratePhrasebook(spec.seed, spec.pairs);
  intake.counts.read = static_cast<int64_t>(intake.pairs.size());
  Sha256 hash;
  std::string lines;
  for (const SentencePair& pair : intake.pairs) {
    ((lines += pair.source) += '\t') += pair.target;
    lines += '\n';
    if (lines.size() < kHashedAtOnce) continue;
    hash.Update(lines);
    lines.clear();
  }
  hash.Update(lines);
  return hash.HexDigest();
}

std::string ReadLines(const CorpusSpec& spec, const std::filesystem::path& base,
                      PairIntake& intake) {
  const std::filesystem::path source = base / spec.source;
  const std::filesystem::path target = base / spec.target;
  ReadParallelLines(source, target, intake);
  return Sha256Hex(Sha256OfFile(source) + "\n" + Sha256OfFile(target) + "\n");
}

std::string ReadFetched(const CorpusSpec& spec, const std::filesystem::path& cache,
                        PairIntake& intake) {
  std::string sha256;
  const std::filesystem::path folder = OpenFetchedCorpus(spec.name, cache, sha256);
  FindFetchedCorpus(spec.name).read(folder, intake);
  return sha256;
}

std::string Read(const CorpusSpec& spec, const std::filesystem::path& cache,
                 const std::filesystem::path& base, PairIntake& intake) {
  if (spec.name == "phrasebook") return Generate(spec, intake);
  if (spec.name == "lines") return ReadLines(spec, base, intake);
  if (spec.name != "tsv") return ReadFetched(spec, cache, intake);
  ReadTabSeparated(base / spec.path, intake);
  return Sha256OfFile(base / spec.path);
}

}  // namespace

Corpus LoadCorpus(const CorpusSpec& spec, const std::filesystem::path& cache,
                  const std::filesystem::path& base) {
  PairIntake intake;
  Corpus corpus;
  corpus.sha256 = Read(spec, cache, base, intake);
  corpus.counts = intake.counts;
  Filter(spec, intake.pairs, corpus.counts);
  Split(spec, std::move(intake.pairs), corpus);
  return corpus;
}

std::string Describe(const CorpusCounts& counts) {
  const std::pair<int64_t, const char*> parts[] = {
      {counts.empty, "empty"},
      {counts.invalid_utf8, "not UTF-8"},
      {counts.too_long_line, "over 64 KiB"},
      {counts.unpaired, "without counterpart"},
      {counts.untranslated, "untranslated"},
      {counts.duplicate, "duplicate"},
      {counts.too_few_words, "below min_source_words"},
      {counts.too_many_chars, "over max_source_chars"},
      {counts.too_much_excess, "over max_target_excess_chars"},
      {counts.over_max_pairs, "over max_pairs"},
  };
  std::string text = std::to_string(counts.read) + " read: " + std::to_string(counts.train) +
                     " train, " + std::to_string(counts.valid) + " valid";
  for (const auto& [count, what] : parts) {
    if (count > 0) text += ", " + std::to_string(count) + " " + what;
  }
  return text;
}

}  // namespace ablate
