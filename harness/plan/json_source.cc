#include "harness/plan/json_source.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "harness/plan/nearest.h"
#include "model/error.h"

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kDeepest = 64;
constexpr size_t kLargest = size_t{4} << 20;  // bytes; a suite is a few thousand

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The line of the last character that is not blank. The parser looks one character past a number,
// which may be the line's end.
struct LineCounter {
  int line = 1;
  int line_of_token = 1;

  void Pass(char c) {
    if (!IsBlank(c)) line_of_token = line;
    if (c == '\n') ++line;
  }
};

// Reads text and tells the counter what it passes; the parser gives no positions of values.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, LineCounter* counter) : at_(at), counter_(counter) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    counter_->Pass(*at_++);
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  LineCounter* counter_;
};

// Builds the tree from the parser's events, and notes the line of every path.
class TreeBuilder : public nlohmann::json_sax<Json> {
 public:
  TreeBuilder(std::string_view text, const std::string& name, const LineCounter& counter)
      : text_(text), name_(name), counter_(counter) {}

  Json TakeRoot() { return std::move(root_); }
  std::unordered_map<std::string, int> TakeLines() { return std::move(lines_); }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(int64_t value) override { return Add(value); }
  bool number_unsigned(uint64_t value) override { return Add(value); }
  bool number_float(double value, const std::string&) override { return Add(value); }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }

  bool start_object(size_t) override { return Open(Json::object()); }
  bool start_array(size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(std::string& key) override {
    Container& object = open_.back();
    if (!object.keys.insert(key).second) {
      throw Error(name_ + ":" + std::to_string(counter_.line_of_token) + ": " +
                  MemberPath(object.path, key) + ": the key stands here twice");
    }
    object.key = std::move(key);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception& exception) override {
    const std::string_view before = text_.substr(0, std::min(position, text_.size()));
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    throw Error(name_ + ":" + std::to_string(line) + ":" +
                std::to_string(std::max<size_t>(1, before.size() - line_start)) +
                ": not JSON: " + Reason(exception.what()));
  }

 private:
  struct Container {
    Json* value;
    std::string path;
    std::unordered_set<std::string> keys = {};
    std::string key = {};
  };

  // The library's message without its own name and position.
  static std::string Reason(std::string message) {
    message.erase(0, message.find("] ") + 2);
    if (message.starts_with("parse error")) message.erase(0, message.find(": ") + 2);
    return message;
  }

  std::string PathOfNext() const {
    if (open_.empty()) return "";
    const Container& parent = open_.back();
    return parent.value->is_array() ? ElementPath(parent.path, parent.value->size())
                                    : MemberPath(parent.path, parent.key);
  }

  bool Add(Json value) {
    Insert(std::move(value), PathOfNext());
    return true;
  }

  bool Open(Json container) {
    std::string path = PathOfNext();
    if (open_.size() == kDeepest) {
      throw Error(name_ + ":" + std::to_string(counter_.line_of_token) + ": nested deeper than " +
                  std::to_string(kDeepest) + " levels");
    }
    Json* inserted = Insert(std::move(container), path);
    open_.push_back({inserted, std::move(path)});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  // Appends: keys are known to be new, and the tree's own insertion would search them one by one.
  Json* Insert(Json value, const std::string& path) {
    lines_.emplace(path, counter_.line_of_token);
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Container& parent = open_.back();
    if (parent.value->is_array()) return &parent.value->emplace_back(std::move(value));
    auto& members = parent.value->get_ref<Json::object_t&>();
    members.emplace_back(parent.key, std::move(value));
    return &members.back().second;
  }

  std::string_view text_;
  const std::string& name_;
  const LineCounter& counter_;
  Json root_;
  std::vector<Container> open_;
  std::unordered_map<std::string, int> lines_;
};

bool IsIdentifier(std::string_view key) {
  return !key.empty() && key.size() <= 64 &&
         std::all_of(key.begin(), key.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '$'; });
}

}  // namespace

JsonSource JsonSource::Parse(std::string_view text, std::string name) {
  if (text.size() > kLargest) {
    throw Error(name + ": " + std::to_string(text.size()) + " bytes; at most " +
                std::to_string(kLargest) + " are read");
  }
  // The parser takes a NUL for the end of the text.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(nul), '\n');
    throw Error(name + ":" + std::to_string(line) + ": not JSON: a NUL byte");
  }
  LineCounter counter;
  TreeBuilder builder(text, name, counter);
  Json::sax_parse(CountingIterator(text.data(), &counter),
                  CountingIterator(text.data() + text.size(), &counter), &builder);
  JsonSource source;
  source.root_ = builder.TakeRoot();
  source.lines_ = builder.TakeLines();
  source.name_ = std::move(name);
  return source;
}

JsonSource JsonSource::FromTree(nlohmann::ordered_json root, std::string name) {
  JsonSource source;
  source.root_ = std::move(root);
  source.name_ = std::move(name);
  return source;
}

std::string JsonSource::Where(std::string_view path) const {
  std::string enclosing(path);
  while (!enclosing.empty() && !lines_.contains(enclosing)) {
    const size_t last = enclosing.find_last_of(".[");
    enclosing.erase(last == std::string::npos ? 0 : last);
  }
  std::string where = name_;
  if (const auto found = lines_.find(enclosing); found != lines_.end())
    where += ":" + std::to_string(found->second);
  if (path.empty()) return where;
  return where.empty() ? std::string(path) : where + ": " + std::string(path);
}

std::string MemberPath(std::string_view path, std::string_view key) {
  const std::string parent(path);
  if (!IsIdentifier(key)) return parent + "[" + Quoted(key) + "]";
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

std::string ElementPath(std::string_view path, size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

}  // namespace ablate
