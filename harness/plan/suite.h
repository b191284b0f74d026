// The suite file: what is compared with what.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/plan/settings.h"

namespace ablate {

// One level of a factor as the suite lists it.
struct FactorLevel {
  std::string label;     // in cell names: "label", else the name, else the value as written
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

// kFactorial: every combination. kOneFactor: the baseline, and each other level alone.
// kLeaveOneOut: the baseline, each factor's last listed level on, and that minus one at a time.
enum class Design { kFactorial, kOneFactor, kLeaveOneOut };
std::string_view Name(Design design);  // as in the suite file

struct Suite {
  std::string name;
  std::string description;
  std::string device;  // cuda | cpu | auto
  Settings base;  // settings of a cell before its factors; techniques hold the baseline's levels
  std::vector<uint64_t> seeds;
  std::vector<Factor> factors;  // in the order of the matrix
  Design design = Design::kFactorial;
  std::vector<Exclusion> exclusions;
  // A technique that must not change what is learned may move the examples to the target by less
  // than this share, and is then called equivalent.
  double equivalence_margin = 0.05;
  std::filesystem::path file;    // as the user called it
  std::filesystem::path folder;  // where the file lies; relative corpus paths start here
  std::string source_text;       // for positions in later errors
};

// Throws Error naming file, line, JSON path, what was found, what is allowed, and the nearest known
// name.
Suite ParseSuite(std::string_view text, const std::filesystem::path& file);
Suite LoadSuite(const std::filesystem::path& file);

// The suite with every default written out, as results/<suite>/suite.json keeps it. ParseSuite
// reads it back to the same, but for relative corpus paths, which start at the original's folder.
// Ordered, since the matrix's order is that of the cells: don't convert it to nlohmann::json.
nlohmann::ordered_json ToJson(const Suite& suite);

}  // namespace ablate
