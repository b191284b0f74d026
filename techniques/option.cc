#include "techniques/technique.h"

namespace ablate {

Option Option::Positive(std::string name, std::string help) {
  return {.name = std::move(name),
          .type = Type::kNumber,
          .help = std::move(help),
          .minimum = 0,
          .maximum = kUnlimited,
          .minimum_exclusive = true};
}

Option Option::Fraction(std::string name, std::string help) {
  return {.name = std::move(name),
          .type = Type::kNumber,
          .help = std::move(help),
          .minimum = 0,
          .maximum = 1};
}

Option Option::FractionAboveZero(std::string name, std::string help) {
  Option option = Fraction(std::move(name), std::move(help));
  option.minimum_exclusive = true;
  return option;
}

}  // namespace ablate
