// The suite file: what is compared with what.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/plan/settings.h"

namespace ablate {

// One level of a factor as the suite lists it.
struct FactorLevel {
  std::string label;     // stands in cell names and factors: "label", else the name, else the value as written
  nlohmann::json value;  // techniques: {"name": …, options}; paths: the setting's value
};

struct Factor {
  std::string name;  // a technique ("padding"), or the path of a setting ("model.d_ff")
  bool is_technique = false;
  std::vector<FactorLevel> levels;
  size_t baseline = 0;  // index into levels
};

struct Exclusion {
  std::vector<std::pair<std::string, std::string>> when;  // factor, label: all must hold
  std::string reason;
};

enum class Design { kFactorial, kOneFactor, kLeaveOneOut };

struct Suite {
  std::string name;
  std::string description;
  std::string device;  // cuda | cpu | auto
  Settings base;       // settings of a cell before its factors; techniques hold the baseline's levels
  std::vector<uint64_t> seeds;
  std::vector<Factor> factors;  // in the order of the matrix
  Design design = Design::kFactorial;
  std::vector<Exclusion> exclusions;
  std::filesystem::path folder;  // where the file lies; relative corpus paths start here
  std::string source_text;       // for positions in later errors
};

// Throws Error naming file, line, JSON path, what was found, what is allowed, and the nearest known name.
Suite ParseSuite(std::string_view text, const std::filesystem::path& file);
Suite LoadSuite(const std::filesystem::path& file);

// The suite with every default written out, as results/<suite>/suite.json keeps it. ParseSuite reads it back to the same.
nlohmann::json ToJson(const Suite& suite);

}  // namespace ablate
