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

// Threads that draw a chunk of sentences each in turn, put it into English at the same time as the
// others do theirs, take places for what is new in the order in which it was drawn, and then put
// that into French. So the corpus is that of one thread.
class Writers {
 public:
  Writers(uint64_t seed, size_t pairs)
      : random_(seed, "phrasebook"), grammar_(random_), corpus_(pairs), known_(pairs) {}

  std::vector<SentencePair> Write() {
    const size_t pairs = corpus_.size();
    const size_t chunk = std::clamp<size_t>(pairs / 16, 16, 1024);
    const size_t writers = WorkerThreads(std::min<size_t>(pairs / chunk, 8));
    {
      std::vector<std::jthread> threads;
      for (size_t i = 1; i < writers; ++i) threads.emplace_back([&] { WriteChunks(chunk); });
      WriteChunks(chunk);
    }
    return std::move(corpus_);
  }

 private:
  static constexpr size_t kNowhere = SIZE_MAX;

  struct Written {
    phrasebook::Sentence sentence;
    std::string english;
    size_t place = kNowhere;
  };

  void WriteChunks(size_t size) {
    std::vector<Written> chunk(size);
    while (!complete_) {
      const int64_t turn = Draw(chunk);
      for (Written& each : chunk) each.english = phrasebook::EnglishSentence(each.sentence);
      TakePlaces(turn, chunk);
      for (const Written& each : chunk) {
        if (each.place == kNowhere) continue;
        corpus_[each.place].target = phrasebook::FrenchSentence(each.sentence);
      }
    }
  }

  int64_t Draw(std::vector<Written>& chunk) {
    const std::lock_guard lock(drawing_);
    for (Written& each : chunk) each.sentence = grammar_.Draw();
    return drawn_++;
  }

  void TakePlaces(int64_t turn, std::vector<Written>& chunk) {
    std::unique_lock lock(keeping_);
    turn_came_.wait(lock, [&] { return kept_ == turn; });
    for (Written& each : chunk) each.place = PlaceFor(each.english);
    complete_ = taken_ == corpus_.size();
    ++kept_;
    turn_came_.notify_all();
  }

  // Of a sentence that is new and of fair length, which is moved there.
  size_t PlaceFor(std::string& english) {
    if (taken_ == corpus_.size() || !IsOfFairLength(english) || !IsNew(english)) return kNowhere;
    corpus_[taken_].source = std::move(english);
    return taken_++;
  }

  bool IsNew(const std::string& english) {
    return known_.FindOrAdd(HashOf(english), static_cast<uint32_t>(taken_), [&](uint32_t other) {
      return corpus_[other].source == english;
    }) == TextIndex::kNone;
  }

  std::mutex drawing_;
  Random random_;
  phrasebook::Grammar grammar_;
  int64_t drawn_ = 0;

  std::mutex keeping_;
  std::condition_variable turn_came_;
  int64_t kept_ = 0;
  std::vector<SentencePair> corpus_;  // a place is written by who took it
  size_t taken_ = 0;
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
