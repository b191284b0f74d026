#include "harness/plan/configuration_text.h"

#include "harness/plan/settings_fields.h"

namespace ablate {
namespace {

bool IsSelector(const Factor& factor) {
  if (factor.is_technique) return false;
  const FieldAt at = FindField(factor.name);
  return at.section->selector == at.field->name;
}

// As the settings hold it: 64 for 64.0.
std::string ValueText(const Factor& factor, const FactorLevel& level) {
  if (factor.is_technique) return level.value.dump();
  const Field& field = *FindField(factor.name).field;
  Settings settings;
  field.set(settings, level.value);
  return field.get(settings).dump();
}

}  // namespace

ConfigurationText::ConfigurationText(const Suite& suite) : suite_(suite) {
  for (size_t i = 0; i < suite.factors.size(); ++i) {
    const Factor& factor = suite.factors[i];
    factors_[(factor.is_technique ? "techniques." : "") + factor.name] = i;
    if (IsSelector(factor)) selectors_.push_back(i);
    std::vector<std::string>& values = values_.emplace_back();
    for (const FactorLevel& level : factor.levels) values.push_back(ValueText(factor, level));
  }
}

const std::string& ConfigurationText::Of(const Combination& levels) {
  Combination selected;
  for (const size_t selector : selectors_) selected.push_back(levels[selector]);
  auto found = parts_.find(selected);
  if (found == parts_.end()) found = parts_.emplace(std::move(selected), PartsOf(levels)).first;
  text_.clear();
  for (const Part& part : found->second) {
    text_ += part.text;
    if (part.factor) text_ += values_[*part.factor][levels[*part.factor]];
  }
  return text_;
}

ConfigurationText::Parts ConfigurationText::PartsOf(const Combination& levels) const {
  Settings settings = suite_.base;
  for (const size_t selector : selectors_) {
    const Factor& factor = suite_.factors[selector];
    FindField(factor.name).field->set(settings, factor.levels[levels[selector]].value);
  }
  Parts parts(1);
  Write(ToJson(settings), "", parts);
  return parts;
}

void ConfigurationText::Write(const nlohmann::json& object, const std::string& path,
                              Parts& parts) const {
  char separator = '{';
  for (const auto& [key, value] : object.items()) {
    parts.back().text += separator + nlohmann::json(key).dump() + ":";
    separator = ',';
    const std::string at = path.empty() ? key : path + "." + key;
    const auto factor = factors_.find(at);
    if (factor != factors_.end()) {
      parts.back().factor = factor->second;
      parts.emplace_back();
    } else if (value.is_object() && !value.empty()) {
      Write(value, at, parts);
    } else {
      parts.back().text += value.dump();
    }
  }
  parts.back().text += '}';
}

}  // namespace ablate
