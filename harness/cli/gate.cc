#include "harness/cli/gate.h"

#include <charconv>

#include "harness/cli/command_line.h"
#include "model/error.h"

namespace ablate {

double ParseShare(const std::string& text) {
  const bool percent = text.ends_with('%');
  const char* end = text.data() + text.size() - (percent ? 1 : 0);
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const double share = percent ? value / 100 : value;
  if (error != std::errc() || rest != end || !(share >= 0 && share <= 10) ||
      (!percent && share >= 1)) {
    throw Error("--max-regression: '" + text + "' is no share; write 5% or 0.05");
  }
  return share;
}

int ExitCodeOf(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kPass:
      return kDone;
    case GateVerdict::kRegression:
      return kRegression;
    case GateVerdict::kInconclusive:
      break;
  }
  return kInconclusive;
}

}  // namespace ablate
