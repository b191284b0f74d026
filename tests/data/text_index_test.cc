#include "model/data/text_index.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/random.h"

namespace ablate {
namespace {

// Texts by number, and the index that they are looked up in.
class Texts {
 public:
  uint32_t FindOrAdd(const std::string& text, uint64_t hash) {
    const uint32_t found = index_.FindOrAdd(hash, static_cast<uint32_t>(texts_.size()), Is(text));
    if (found == TextIndex::kNone) texts_.push_back(text);
    return found;
  }
  uint32_t Find(const std::string& text, uint64_t hash) const {
    return index_.Find(hash, Is(text));
  }

 private:
  std::function<bool(uint32_t)> Is(const std::string& text) const {
    return [this, text](uint32_t number) { return texts_[number] == text; };
  }

  TextIndex index_;
  std::vector<std::string> texts_;
};

TEST(TextIndexTest, TellsTheSameFromTheNewAsAHashMapDoes) {
  Texts texts;
  std::unordered_map<std::string, uint32_t> expected;
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = std::to_string(random.Below(5000));
    const auto [entry, fresh] = expected.emplace(text, static_cast<uint32_t>(expected.size()));
    EXPECT_EQ(texts.FindOrAdd(text, HashOf(text)), fresh ? TextIndex::kNone : entry->second);
  }
  EXPECT_EQ(texts.Find("5001", HashOf("5001")), TextIndex::kNone);
}

TEST(TextIndexTest, KeepsTextsOfOneHashApart) {
  Texts texts;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(texts.FindOrAdd(std::to_string(i), /*hash=*/7), TextIndex::kNone);
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(texts.Find(std::to_string(i), 7), i);
  EXPECT_EQ(texts.Find("100", 7), TextIndex::kNone);
}

}  // namespace
}  // namespace ablate
