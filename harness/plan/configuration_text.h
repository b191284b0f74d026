// The resolved configurations of a suite's cells as JSON text, whose hashes are the cells' ids.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/design.h"
#include "harness/plan/suite.h"

namespace ablate {

// Puts together what ToJson(settings).dump() gives from parts that cells share: a large plan has
// 100,000 of them.
class ConfigurationText {
 public:
  // Refers to the suite, which must outlive it.
  explicit ConfigurationText(const Suite& suite);

  // Good until the next call.
  const std::string& Of(const Combination& levels);

 private:
  // Text that cells share, then the value of a factor; of none at the end.
  struct Part {
    std::string text = {};
    std::optional<size_t> factor = {};
  };
  using Parts = std::vector<Part>;

  Parts PartsOf(const Combination& levels) const;
  void Write(const nlohmann::json& object, const std::string& path, Parts& parts) const;

  const Suite& suite_;
  std::map<std::string, size_t> factors_;         // by their path in the configuration
  std::vector<size_t> selectors_;                 // factors that decide which settings there are
  std::vector<std::vector<std::string>> values_;  // by factor and level
  std::map<Combination, Parts> parts_;            // by the levels of the selectors
  std::string text_;
};

}  // namespace ablate
