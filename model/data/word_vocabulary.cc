#include "model/data/word_vocabulary.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "model/data/white_space.h"
#include "model/error.h"

namespace ablate {
namespace {

enum class CharacterClass { kSpace, kWord, kOther };

// Python's \w: letters, whatever has a numeric value, and the underscore.
bool IsWordCharacter(UChar32 c) {
  return c == '_' || u_isalpha(c) || u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

// The class of the character at `offset`, which is moved behind it.
CharacterClass NextCharacter(std::string_view text, size_t& offset) {
  if (const size_t space = LeadingWhiteSpace(text.substr(offset)); space > 0) {
    offset += space;
    return CharacterClass::kSpace;
  }
  UChar32 c = 0;
  U8_NEXT(text.data(), offset, text.size(), c);
  return c >= 0 && IsWordCharacter(c) ? CharacterClass::kWord : CharacterClass::kOther;
}

class WordVocabulary : public Vocabulary {
 public:
  explicit WordVocabulary(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {
    ids_.reserve(pieces_.size());
    for (size_t id = kSpecials; id < pieces_.size(); ++id) {
      ids_.emplace(pieces_[id], static_cast<int32_t>(id));
    }
  }

  std::vector<int32_t> Encode(std::string_view text) const override {
    std::vector<int32_t> ids;
    for (std::string_view token : SplitIntoTokens(text)) {
      const auto found = ids_.find(token);
      ids.push_back(found == ids_.end() ? kUnk : found->second);
    }
    return ids;
  }

  const std::vector<std::string>& pieces() const override { return pieces_; }
  bool detokenises() const override { return false; }

  std::string Reference(std::string_view text) const override {
    std::string reference;
    for (std::string_view token : SplitIntoTokens(text)) {
      if (!reference.empty()) reference += ' ';
      reference += token;
    }
    return reference;
  }

  std::string Serialise() const override {
    std::string text(kWordHeader);
    for (const std::string& piece : pieces_) (text += piece) += '\n';
    return text;
  }

 private:
  const std::vector<std::string> pieces_;
  std::unordered_map<std::string_view, int32_t> ids_;  // keys lie in pieces_
};

const std::vector<std::string>& Specials() {
  static const std::vector<std::string> specials = {"<unk>", "<pad>", "<sos>", "<eos>"};
  return specials;
}

using Count = std::pair<std::string_view, int64_t>;

std::vector<Count> CountTokens(const std::vector<std::string_view>& sentences) {
  std::unordered_map<std::string_view, int64_t> counts;
  for (std::string_view sentence : sentences) {
    for (std::string_view token : SplitIntoTokens(sentence)) ++counts[token];
  }
  return {counts.begin(), counts.end()};
}

}  // namespace

std::vector<std::string_view> SplitIntoTokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  CharacterClass previous = CharacterClass::kSpace;
  size_t begin = 0;
  for (size_t offset = 0; offset < text.size();) {
    const size_t start = offset;
    const CharacterClass current = NextCharacter(text, offset);
    if (current == previous) continue;
    if (previous != CharacterClass::kSpace) tokens.push_back(text.substr(begin, start - begin));
    begin = start;
    previous = current;
  }
  if (previous != CharacterClass::kSpace) tokens.push_back(text.substr(begin));
  return tokens;
}

std::unique_ptr<Vocabulary> TrainWordVocabulary(const VocabularySpec& spec,
                                                const std::vector<std::string_view>& sentences) {
  std::vector<Count> counts = CountTokens(sentences);
  std::erase_if(counts, [&](const Count& count) { return count.second < spec.min_frequency; });
  if (counts.empty()) {
    throw Error("no token of the training split occurs vocabulary.min_frequency = " +
                std::to_string(spec.min_frequency) + " times; lower it");
  }
  // UTF-8 sorts by code point.
  std::ranges::sort(counts, [](const Count& a, const Count& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::vector<std::string> pieces = Specials();
  const size_t room = static_cast<size_t>(spec.size - kSpecials);
  for (size_t i = 0; i < std::min(room, counts.size()); ++i) pieces.emplace_back(counts[i].first);
  return std::make_unique<WordVocabulary>(std::move(pieces));
}

std::unique_ptr<Vocabulary> ParseWordVocabulary(std::string_view body) {
  std::vector<std::string> pieces;
  while (!body.empty()) {
    const size_t end = body.find('\n');
    if (end == body.npos) break;
    pieces.emplace_back(body.substr(0, end));
    body.remove_prefix(end + 1);
  }
  if (!body.empty() || pieces.size() < kSpecials ||
      !std::equal(Specials().begin(), Specials().end(), pieces.begin())) {
    throw Error("a torn word vocabulary; delete the file and it is learned again");
  }
  return std::make_unique<WordVocabulary>(std::move(pieces));
}

}  // namespace ablate
