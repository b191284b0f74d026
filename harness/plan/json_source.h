// JSON text as a tree that remembers where each value stands. Stricter than RFC 8259 asks: a
// duplicate key is an error, as are comments, text that is not UTF-8 and nesting beyond 64.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ablate {

class JsonSource {
 public:
  // `name` stands before each error: the file as the user called it. Throws Error with line and
  // column where the text is not JSON.
  static JsonSource Parse(std::string_view text, std::string name);
  // A tree without text: errors then name paths alone.
  static JsonSource FromTree(nlohmann::ordered_json root, std::string name);

  const nlohmann::ordered_json& root() const { return root_; }

  // "suites/full.json:12: matrix.padding[1]": the line where the value at `path` begins, or where
  // its nearest enclosing value does. No line where none is known.
  std::string Where(std::string_view path) const;

 private:
  JsonSource() = default;

  std::string name_;
  nlohmann::ordered_json root_;
  std::unordered_map<std::string, int> lines_;  // by path
};

// Paths as errors write them: matrix['model.d_ff'][1], target.max_epochs. The root is "".
std::string MemberPath(std::string_view path, std::string_view key);
std::string ElementPath(std::string_view path, size_t index);

}  // namespace ablate
