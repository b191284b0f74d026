// A place in a JsonSource: checked access, and errors that say where.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/plan/json_source.h"

namespace ablate {

// Refers to its source, which must outlive it.
class JsonReader {
 public:
  explicit JsonReader(const JsonSource& source) : JsonReader(source, source.root(), "") {}

  const nlohmann::ordered_json& value() const { return *value_; }
  const std::string& path() const { return path_; }

  // Throws Error: "<file>:<line>: <path>: <what>".
  [[noreturn]] void Fail(const std::string& what) const;
  // Throws Error: "expected <what>, found <the value>".
  [[noreturn]] void FailExpecting(const std::string& what) const;
  // Throws Error unless this is an object all of whose keys are known. `what` names the keys.
  void ExpectObject(const std::vector<std::string>& known, std::string_view what = "key") const;

  // The member of an object; the first gives nothing where it is absent, the second throws.
  std::optional<JsonReader> Find(std::string_view key) const;
  JsonReader Need(std::string_view key) const;

  // In the order of the file. Throws Error unless this is an object or an array, and not empty.
  std::vector<std::pair<std::string, JsonReader>> Members() const;
  std::vector<JsonReader> Elements() const;

  // Throws Error unless this is a string.
  const std::string& Text() const;

 private:
  JsonReader(const JsonSource& source, const nlohmann::ordered_json& value, std::string path)
      : source_(&source), value_(&value), path_(std::move(path)) {}

  const JsonSource* source_;
  const nlohmann::ordered_json* value_;
  std::string path_;
};

// A value as an error shows it: its type, and itself where it is short.
std::string Shown(const nlohmann::ordered_json& value);

}  // namespace ablate
