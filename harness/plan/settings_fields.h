// The settings of a suite, each declared once: what the parser reads, what is written back, what
// the JSON Schema says, and what a factor can be by its path.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/plan/settings.h"
#include "harness/plan/value_rule.h"

namespace ablate {

struct Field {
  std::string name;
  std::string help;  // a phrase: meaning and unit
  ValueRule rule;
  std::function<nlohmann::json(const Settings&)> get;
  std::function<void(Settings&, const nlohmann::json&)> set;  // takes what Checked() returns

  std::string only_for = {};        // the value of the section's selector that it belongs to
  bool required = false;            // where it belongs
  bool changes_train_loss = false;  // as a factor it needs a target of valid_loss
};

struct Section {
  std::string name;  // the object's key; empty: the fields stand at the root
  std::string help;
  std::string selector;           // the field that says which others belong; empty: all do
  std::string not_a_factor = {};  // why its settings are none; empty: they can be
  std::vector<Field> fields = {};

  std::vector<std::string> FieldNames() const;
};

// In the order in which they are written.
const std::vector<Section>& SettingsSections();

// "model.d_ff", "deterministic".
std::string PathOf(const Section& section, const Field& field);

struct FieldAt {
  const Section* section = nullptr;
  const Field* field = nullptr;
};
// Both null where no setting has that path.
FieldAt FindField(std::string_view path);

// The paths of the settings that can be factors.
std::vector<std::string> FactorPaths();

// False for a setting of another corpus or vocabulary than the settings name.
bool Belongs(const Section& section, const Field& field, const Settings& settings);
// "belongs to corpus.name 'tsv' alone", for a field with only_for.
std::string WhereItBelongs(const Section& section, const Field& field);

// Reads a section's object, or for the unnamed section the root. Throws Error.
void ReadSection(const Section& section, const JsonReader& object, Settings& settings);

}  // namespace ablate
