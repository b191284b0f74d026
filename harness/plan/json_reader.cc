#include "harness/plan/json_reader.h"

#include <algorithm>

#include "harness/plan/nearest.h"
#include "model/error.h"

namespace ablate {

void JsonReader::Fail(const std::string& what) const {
  const std::string where = source_->Where(path_);
  throw Error(where.empty() ? what : where + ": " + what);
}

void JsonReader::FailExpecting(const std::string& what) const {
  Fail("expected " + what + ", found " + Shown(*value_));
}

void JsonReader::ExpectObject(const std::vector<std::string>& known, std::string_view what) const {
  if (!value_->is_object()) FailExpecting("an object");
  for (const auto& [key, value] : value_->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    Find(key)->Fail("unknown " + std::string(what) + " " + Instead(key, known));
  }
}

std::optional<JsonReader> JsonReader::Find(std::string_view key) const {
  const auto found = value_->find(key);
  if (found == value_->end()) return std::nullopt;
  return JsonReader(*source_, *found, MemberPath(path_, key));
}

JsonReader JsonReader::Need(std::string_view key) const {
  const auto member = Find(key);
  if (!member) Fail("needs the key '" + std::string(key) + "'");
  return *member;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::Members() const {
  if (!value_->is_object() || value_->empty()) FailExpecting("an object with at least one key");
  std::vector<std::pair<std::string, JsonReader>> members;
  for (const auto& [key, value] : value_->items())
    members.emplace_back(key, JsonReader(*source_, value, MemberPath(path_, key)));
  return members;
}

std::vector<JsonReader> JsonReader::Elements() const {
  if (!value_->is_array() || value_->empty()) FailExpecting("an array with at least one element");
  std::vector<JsonReader> elements;
  for (const auto& element : *value_)
    elements.push_back(JsonReader(*source_, element, ElementPath(path_, elements.size())));
  return elements;
}

const std::string& JsonReader::Text() const {
  if (!value_->is_string()) FailExpecting("a string");
  return value_->get_ref<const std::string&>();
}

std::string Shown(const nlohmann::ordered_json& value) {
  if (value.is_string()) return "the string " + Quoted(value.get_ref<const std::string&>());
  if (value.is_object()) return value.empty() ? "an empty object" : "an object";
  if (value.is_array()) return value.empty() ? "an empty array" : "an array";
  return value.dump();
}

}  // namespace ablate
