#include "model/data/bleu.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "model/data/white_space.h"

namespace ablate {
namespace {

constexpr int kMaxOrder = 4;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsPeriodOrComma(char c) { return c == '.' || c == ','; }

// ASCII punctuation but for the apostrophe, comma, dash and period.
bool IsSymbol(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
         (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string SeparateSymbols(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (IsSymbol(c)) {
      ((out += ' ') += c) += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

// Where neighbours (a, b) match, writes `before` a blank b `after`, and goes on behind both, as a
// regex substitution does. Bytes stand for characters: the parts of longer ones are neither digits
// nor punctuation.
template <typename Matches>
std::string SeparatePairs(std::string_view text, Matches matches, std::string_view before,
                          std::string_view after) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !matches(text[i], text[i + 1])) {
      out += text[i];
      continue;
    }
    (((out += before) += text[i]) += ' ') += text[i + 1];
    out += after;
    ++i;
  }
  return out;
}

std::string Tokenized(const std::string& text, BleuTokenizer tokenizer) {
  return tokenizer == BleuTokenizer::k13a ? Tokenize13a(text) : text;
}

// Shorter n-grams leave the last places empty.
using Ngram = std::array<std::string_view, kMaxOrder>;

std::vector<Ngram> SortedNgrams(const std::vector<std::string_view>& tokens, int order) {
  std::vector<Ngram> ngrams;
  for (size_t i = 0; i + order <= tokens.size(); ++i) {
    std::copy_n(tokens.begin() + static_cast<std::ptrdiff_t>(i), order,
                ngrams.emplace_back().begin());
  }
  std::ranges::sort(ngrams);
  return ngrams;
}

struct Statistics {
  std::array<int64_t, kMaxOrder> correct = {};
  std::array<int64_t, kMaxOrder> total = {};
  int64_t hypothesis_tokens = 0;
  int64_t reference_tokens = 0;
};

void AddSentence(const std::string& hypothesis, const std::string& reference,
                 Statistics& statistics) {
  const auto hypothesis_tokens = SplitOnWhiteSpace(hypothesis);
  const auto reference_tokens = SplitOnWhiteSpace(reference);
  statistics.hypothesis_tokens += std::ssize(hypothesis_tokens);
  statistics.reference_tokens += std::ssize(reference_tokens);
  for (int order = 1; order <= kMaxOrder; ++order) {
    const auto ours = SortedNgrams(hypothesis_tokens, order);
    const auto theirs = SortedNgrams(reference_tokens, order);
    std::vector<Ngram> common;  // as often as in the one that has it less often
    std::ranges::set_intersection(ours, theirs, std::back_inserter(common));
    statistics.correct[order - 1] += std::ssize(common);
    statistics.total[order - 1] += std::ssize(ours);
  }
}

double BrevityPenalty(const Statistics& statistics) {
  if (statistics.hypothesis_tokens >= statistics.reference_tokens) return 1;
  if (statistics.hypothesis_tokens == 0) return 0;
  return std::exp(1 - static_cast<double>(statistics.reference_tokens) /
                          static_cast<double>(statistics.hypothesis_tokens));
}

// An order without a match counts as half a match, the next one as a quarter, and so on.
std::array<double, kMaxOrder> SmoothedPrecisions(const Statistics& statistics) {
  std::array<double, kMaxOrder> precisions = {};
  double share = 1;
  for (int i = 0; i < kMaxOrder && statistics.total[i] > 0; ++i) {
    const auto correct = static_cast<double>(statistics.correct[i]);
    if (statistics.correct[i] == 0) share /= 2;
    precisions[i] = 100 * (statistics.correct[i] == 0 ? share : correct) /
                    static_cast<double>(statistics.total[i]);
  }
  return precisions;
}

double GeometricMean(const std::array<double, kMaxOrder>& values) {
  double sum = 0;
  for (double value : values) sum += std::log(value);  // log(0) = -inf makes the mean 0
  return std::exp(sum / kMaxOrder);
}

}  // namespace

std::string Tokenize13a(const std::string& text) {
  std::string line(TrimRight(text));
  ReplaceAll(line, "<skipped>", "");
  ReplaceAll(line, "-\n", "");
  ReplaceAll(line, "\n", " ");
  ReplaceAll(line, "&quot;", "\"");
  ReplaceAll(line, "&amp;", "&");
  ReplaceAll(line, "&lt;", "<");
  ReplaceAll(line, "&gt;", ">");
  line = SeparateSymbols(" " + line + " ");
  line = SeparatePairs(
      line, [](char a, char b) { return !IsDigit(a) && IsPeriodOrComma(b); }, "", " ");
  line = SeparatePairs(
      line, [](char a, char b) { return IsPeriodOrComma(a) && !IsDigit(b); }, " ", "");
  line = SeparatePairs(
      line, [](char a, char b) { return IsDigit(a) && b == '-'; }, "", " ");
  std::string tokens;
  for (std::string_view token : SplitOnWhiteSpace(line)) {
    if (!tokens.empty()) tokens += ' ';
    tokens += token;
  }
  return tokens;
}

BleuScore CorpusBleu(const std::vector<std::string>& hypotheses,
                     const std::vector<std::string>& references, BleuTokenizer tokenizer) {
  if (hypotheses.size() != references.size()) {
    throw std::logic_error("BLEU needs a reference for each hypothesis");
  }
  Statistics statistics;
  for (size_t i = 0; i < hypotheses.size(); ++i) {
    AddSentence(Tokenized(hypotheses[i], tokenizer), Tokenized(references[i], tokenizer),
                statistics);
  }
  BleuScore bleu;
  bleu.hypothesis_tokens = statistics.hypothesis_tokens;
  bleu.reference_tokens = statistics.reference_tokens;
  bleu.brevity_penalty = BrevityPenalty(statistics);
  if (std::ranges::all_of(statistics.correct, [](int64_t n) { return n == 0; })) return bleu;
  bleu.precisions = SmoothedPrecisions(statistics);
  bleu.score = bleu.brevity_penalty * GeometricMean(bleu.precisions);
  return bleu;
}

std::string BleuSignature(BleuTokenizer tokenizer) {
  return std::string("nrefs:1|case:mixed|eff:no|tok:") +
         (tokenizer == BleuTokenizer::k13a ? "13a" : "none") + "|smooth:exp|version:2.6.0";
}

}  // namespace ablate
