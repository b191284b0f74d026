#include "model/data/word_vocabulary.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>

#include "model/data/parallel.h"
#include "model/data/text_index.h"
#include "model/data/white_space.h"
#include "model/error.h"

namespace ablate {
namespace {

enum class CharacterClass : uint8_t { kSpace, kWord, kOther };

// Python's \w: letters, whatever has a numeric value, and the underscore.
bool IsWordCharacter(UChar32 c) {
  return c == '_' || u_isalpha(c) || u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

CharacterClass ClassOf(std::string_view character) {
  if (LeadingWhiteSpace(character) > 0) return CharacterClass::kSpace;
  UChar32 c = 0;
  size_t offset = 0;
  U8_NEXT(character.data(), offset, character.size(), c);
  return c >= 0 && IsWordCharacter(c) ? CharacterClass::kWord : CharacterClass::kOther;
}

// Of the characters of one and two bytes, which most text of Europe consists of.
class CharacterClasses {
 public:
  CharacterClasses() {
    for (unsigned c = 0; c < kEnd; ++c) {
      const char bytes[2] = {static_cast<char>(c < 0x80 ? c : 0xc0 | (c >> 6)),
                             static_cast<char>(0x80 | (c & 0x3f))};
      short_[c] = ClassOf({bytes, c < 0x80 ? size_t{1} : size_t{2}});
    }
  }

  // Of the character at `offset`, which is moved behind it.
  CharacterClass Next(std::string_view text, size_t& offset) const {
    const auto first = static_cast<unsigned char>(text[offset]);
    if (first >= 0x80) return NextLonger(text, offset);
    ++offset;
    return short_[first];
  }

 private:
  [[gnu::noinline]] CharacterClass NextLonger(std::string_view text, size_t& offset) const {
    const auto first = static_cast<unsigned char>(text[offset]);
    const unsigned second =
        offset + 1 < text.size() ? static_cast<unsigned char>(text[offset + 1]) : 0;
    if (first >= 0xc2 && first < 0xe0 && (second & 0xc0) == 0x80) {
      offset += 2;
      return short_[(first & 0x1fu) << 6 | (second & 0x3fu)];
    }
    const size_t begin = offset;
    UChar32 c = 0;
    U8_NEXT(text.data(), offset, text.size(), c);
    return ClassOf(text.substr(begin, offset - begin));
  }

  static constexpr unsigned kEnd = 0x800;
  CharacterClass short_[kEnd] = {};
};

// Calls visit(token) for each.
template <typename Visit>
void ForEachToken(std::string_view text, Visit visit) {
  static const CharacterClasses classes;
  CharacterClass previous = CharacterClass::kSpace;
  size_t begin = 0;
  for (size_t offset = 0; offset < text.size();) {
    const size_t start = offset;
    const CharacterClass current = classes.Next(text, offset);
    if (current == previous) continue;
    if (previous != CharacterClass::kSpace) visit(text.substr(begin, start - begin));
    begin = start;
    previous = current;
  }
  if (previous != CharacterClass::kSpace) visit(text.substr(begin));
}

using Count = std::pair<std::string_view, int64_t>;

class TokenCounts {
 public:
  // Returns the token's number, its place in counts().
  uint32_t Add(std::string_view token, int64_t times) {
    const auto number = static_cast<uint32_t>(counts_.size());
    const uint32_t found = index_.FindOrAdd(
        HashOf(token), number, [&](uint32_t other) { return counts_[other].first == token; });
    if (found == TextIndex::kNone) {
      counts_.emplace_back(token, times);
      return number;
    }
    counts_[found].second += times;
    return found;
  }
  std::vector<Count>& counts() { return counts_; }

 private:
  TextIndex index_;
  std::vector<Count> counts_;
};

class WordVocabulary : public Vocabulary {
 private:
  auto Is(std::string_view token) const {
    return [this, token](uint32_t id) { return pieces_[id] == token; };
  }

 public:
  explicit WordVocabulary(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {
    for (size_t id = kSpecials; id < pieces_.size(); ++id) {
      ids_.FindOrAdd(HashOf(pieces_[id]), static_cast<uint32_t>(id), Is(pieces_[id]));
    }
  }

  std::vector<int32_t> Encode(std::string_view text) const override {
    std::vector<int32_t> ids;
    AppendIds(text, ids);
    return ids;
  }

  void AppendIds(std::string_view text, std::vector<int32_t>& ids) const override {
    ForEachToken(text, [&](std::string_view token) { ids.push_back(IdOf(token)); });
  }

  int32_t IdOf(std::string_view token) const {
    const uint32_t found = ids_.Find(HashOf(token), Is(token));
    return found == TextIndex::kNone ? kUnk : static_cast<int32_t>(found);
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
  TextIndex ids_;  // of pieces_
};

const std::vector<std::string>& Specials() {
  static const std::vector<std::string> specials = {"<unk>", "<pad>", "<sos>", "<eos>"};
  return specials;
}

// The tokens of a part of the sentences, by numbers of its own.
struct TokenisedPart {
  TokenCounts counts;
  SequenceTable<int32_t> numbers;  // empty where nobody wants them
};

std::vector<TokenisedPart> Tokenised(const std::vector<std::string_view>& sentences,
                                     bool with_numbers) {
  return InParts(sentences.size(), [&](size_t begin, size_t end) {
    TokenisedPart part;
    for (size_t i = begin; i < end; ++i) {
      __builtin_prefetch(sentences[std::min(i + kAhead, end - 1)].data());
      ForEachToken(sentences[i], [&](std::string_view token) {
        const uint32_t number = part.counts.Add(token, 1);
        if (with_numbers) part.numbers.items.push_back(static_cast<int32_t>(number));
      });
      if (with_numbers) part.numbers.offsets.push_back(part.numbers.items.size());
    }
    return part;
  });
}

std::vector<Count> Sum(std::vector<TokenisedPart>& parts) {
  TokenCounts all;
  for (TokenisedPart& part : parts) {
    for (const auto& [token, times] : part.counts.counts()) all.Add(token, times);
  }
  return std::move(all.counts());
}

// Each part's numbers by the ids that `vocabulary` has for its tokens.
SequenceTable<int32_t> IdsOf(std::vector<TokenisedPart>& parts, const WordVocabulary& vocabulary) {
  std::vector<std::vector<int32_t>> ids(parts.size());
  std::vector<SequenceTable<int32_t>> numbers;
  for (size_t i = 0; i < parts.size(); ++i) {
    for (const Count& count : parts[i].counts.counts()) {
      ids[i].push_back(vocabulary.IdOf(count.first));
    }
    numbers.push_back(std::move(parts[i].numbers));
  }
  return Concatenated(numbers, [&](size_t part, int32_t number) { return ids[part][number]; });
}

}  // namespace

std::vector<std::string_view> SplitIntoTokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  ForEachToken(text, [&](std::string_view token) { tokens.push_back(token); });
  return tokens;
}

std::unique_ptr<Vocabulary> TrainWordVocabulary(const VocabularySpec& spec,
                                                const std::vector<std::string_view>& sentences,
                                                SequenceTable<int32_t>* ids) {
  std::vector<TokenisedPart> parts = Tokenised(sentences, ids != nullptr);
  std::vector<Count> counts = Sum(parts);
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
  auto vocabulary = std::make_unique<WordVocabulary>(std::move(pieces));
  if (ids != nullptr) *ids = IdsOf(parts, *vocabulary);
  return vocabulary;
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
