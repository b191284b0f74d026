#include "model/data/phrasebook/phrasebook.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "model/data/parallel.h"
#include "model/data/phrasebook/english.h"
#include "model/data/phrasebook/french.h"
#include "model/data/phrasebook/grammar.h"
#include "model/data/text_index.h"
#include "model/error.h"
#include "model/random.h"

namespace ablate {
namespace {

bool IsOfFairLength(const std::string& sentence) {
  const auto words = 1 + std::count(sentence.begin(), sentence.end(), ' ');
  return words >= kMinPhrasebookWords && words <= kMaxPhrasebookWords;
}

// An English sentence of another length is left empty.
SentencePair InWords(const phrasebook::Sentence& sentence) {
  std::string english = phrasebook::EnglishSentence(sentence);
  if (!IsOfFairLength(english)) return {};
  return {std::move(english), phrasebook::FrenchSentence(sentence)};
}

// Threads that draw a chunk of sentences each in turn, put it into words at the same time as the
// others do theirs, and keep what is new in the order in which it was drawn. So the corpus is that
// of one thread.
class Writers {
 public:
  Writers(uint64_t seed, size_t pairs)
      : pairs_(pairs), random_(seed, "phrasebook"), grammar_(random_), known_(pairs) {
    corpus_.reserve(pairs);
  }

  std::vector<SentencePair> Write() {
    const size_t chunk = std::clamp<size_t>(pairs_ / 16, 16, 1024);
    const size_t writers = WorkerThreads(std::min<size_t>(pairs_ / chunk, 8));
    {
      std::vector<std::jthread> threads;
      for (size_t i = 1; i < writers; ++i) threads.emplace_back([&] { WriteChunks(chunk); });
      WriteChunks(chunk);
    }
    return std::move(corpus_);
  }

 private:
  void WriteChunks(size_t chunk) {
    std::vector<phrasebook::Sentence> sentences(chunk);
    std::vector<SentencePair> chunk_pairs(chunk);
    while (!complete_) {
      const int64_t turn = Draw(sentences);
      std::ranges::transform(sentences, chunk_pairs.begin(), InWords);
      Keep(turn, chunk_pairs);
    }
  }

  int64_t Draw(std::vector<phrasebook::Sentence>& sentences) {
    const std::lock_guard lock(drawing_);
    for (phrasebook::Sentence& sentence : sentences) sentence = grammar_.Draw();
    return drawn_++;
  }

  void Keep(int64_t turn, std::vector<SentencePair>& chunk_pairs) {
    std::unique_lock lock(keeping_);
    turn_came_.wait(lock, [&] { return kept_ == turn; });
    for (SentencePair& pair : chunk_pairs) {
      if (corpus_.size() < pairs_ && !pair.source.empty() && IsNew(pair.source)) {
        corpus_.push_back(std::move(pair));
      }
    }
    complete_ = corpus_.size() == pairs_;
    ++kept_;
    turn_came_.notify_all();
  }

  bool IsNew(const std::string& english) {
    return known_.FindOrAdd(HashOf(english), static_cast<uint32_t>(corpus_.size()),
                            [&](uint32_t other) { return corpus_[other].source == english; }) ==
           TextIndex::kNone;
  }

  const size_t pairs_;
  std::mutex drawing_;
  Random random_;
  phrasebook::Grammar grammar_;
  int64_t drawn_ = 0;

  std::mutex keeping_;
  std::condition_variable turn_came_;
  int64_t kept_ = 0;
  std::vector<SentencePair> corpus_;
  TextIndex known_;
  std::atomic<bool> complete_ = false;
};

}  // namespace

std::vector<SentencePair> GeneratePhrasebook(uint64_t seed, int64_t pairs) {
  if (pairs < 0 || pairs > kMaxPhrasebookPairs) {
    throw Error("corpus \"phrasebook\": pairs is " + std::to_string(pairs) +
                "; the grammar gives at most " + std::to_string(kMaxPhrasebookPairs) +
                " distinct pairs. Ask for 0 to " + std::to_string(kMaxPhrasebookPairs) + ".");
  }
  if (pairs == 0) return {};
  return Writers(seed, static_cast<size_t>(pairs)).Write();
}

}  // namespace ablate
