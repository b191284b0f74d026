#include "harness/run/selection.h"

#include <algorithm>
#include <charconv>

#include "harness/plan/nearest.h"
#include "model/error.h"

namespace ablate {
namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

const Factor& FindFactor(const Suite& suite, const std::string& name) {
  std::vector<std::string> known;
  for (const Factor& factor : suite.factors) {
    if (factor.name == name) return factor;
    known.push_back(factor.name);
  }
  throw Error("--filter: no factor of this suite is " + Instead(name, known));
}

void CheckLevel(const Factor& factor, const std::string& label) {
  std::vector<std::string> known;
  for (const FactorLevel& level : factor.levels) known.push_back(level.label);
  if (std::find(known.begin(), known.end(), label) != known.end()) return;
  throw Error("--filter: no level of " + factor.name + " is " + Instead(label, known));
}

uint64_t ParseNumber(const std::string& text, const std::string& option, const std::string& form) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(option + ": '" + text + "' is not a number; the form is " + form);
  }
  return value;
}

void AppendRange(const std::string& part, std::vector<uint64_t>& seeds) {
  const std::string form = "1,2,5-8";
  const size_t dash = part.find('-', 1);
  const uint64_t first = ParseNumber(part.substr(0, dash), "--seeds", form);
  const uint64_t last =
      dash == std::string::npos ? first : ParseNumber(part.substr(dash + 1), "--seeds", form);
  if (last < first || last - first >= 10000) {
    throw Error("--seeds: '" + part + "' is no range of at most 10000 seeds; the form is " + form);
  }
  for (uint64_t i = 0; i <= last - first; ++i) {
    if (std::find(seeds.begin(), seeds.end(), first + i) == seeds.end()) seeds.push_back(first + i);
  }
}

}  // namespace

CellFilter::CellFilter(const std::string& expression, const Suite& suite) {
  if (expression.empty()) return;
  for (const std::string& condition : Split(expression, ',')) {
    const size_t equals = condition.find('=');
    if (equals == std::string::npos) {
      throw Error("--filter: '" + condition +
                  "' is not factor=level; the form is padding=dynamic|bucketed,precision=amp");
    }
    const Factor& factor = FindFactor(suite, condition.substr(0, equals));
    std::vector<std::string> labels = Split(condition.substr(equals + 1), '|');
    for (const std::string& label : labels) CheckLevel(factor, label);
    allowed_.emplace_back(factor.name, std::move(labels));
  }
}

bool CellFilter::Matches(const Cell& cell) const {
  return std::all_of(allowed_.begin(), allowed_.end(), [&](const auto& condition) {
    const auto& [factor, labels] = condition;
    return std::any_of(cell.factors.begin(), cell.factors.end(),
                       [&, &name = factor, &any = labels](const auto& level) {
                         return level.first == name &&
                                std::find(any.begin(), any.end(), level.second) != any.end();
                       });
  });
}

std::vector<uint64_t> ParseSeeds(const std::string& text) {
  std::vector<uint64_t> seeds;
  for (const std::string& part : Split(text, ',')) AppendRange(part, seeds);
  return seeds;
}

void ParseShard(const std::string& text, Selection& selection) {
  const std::string form = "I/N, as in 1/3 for the first of three";
  const size_t slash = std::min(text.find('/'), text.size());
  selection.shard = static_cast<int64_t>(ParseNumber(text.substr(0, slash), "--shard", form));
  selection.shards = static_cast<int64_t>(
      ParseNumber(text.substr(std::min(slash + 1, text.size())), "--shard", form));
  if (selection.shard < 1 || selection.shard > selection.shards) {
    throw Error("--shard: '" + text + "' is out of range; the form is " + form);
  }
}

void AddSeeds(const std::vector<uint64_t>& seeds, Suite& suite) {
  for (const uint64_t seed : seeds) {
    if (std::find(suite.seeds.begin(), suite.seeds.end(), seed) == suite.seeds.end()) {
      suite.seeds.push_back(seed);
    }
  }
}

SelectedRuns Select(const Suite& suite, const Plan& plan, const Selection& selection) {
  const CellFilter filter(selection.filter, suite);
  const auto takes = [&](uint64_t seed, int64_t block) {
    const auto& seeds = selection.seeds;
    return block % selection.shards == selection.shard - 1 &&
           (seeds.empty() || std::find(seeds.begin(), seeds.end(), seed) != seeds.end());
  };
  SelectedRuns selected;
  for (const PlannedRun& run : plan.runs) {
    if (takes(run.seed, run.block) && filter.Matches(plan.cells[run.cell])) {
      selected.runs.push_back(run);
    }
  }
  for (size_t block = 0; block < suite.seeds.size(); ++block) {
    for (size_t i = 0; i < plan.cells.size(); ++i) {
      const Cell& cell = plan.cells[i];
      const uint64_t seed = suite.seeds[block];
      if (cell.skip_reason.empty() || !takes(seed, static_cast<int64_t>(block))) continue;
      if (!filter.Matches(cell)) continue;
      selected.skipped.push_back(
          {i, seed, static_cast<int64_t>(block), 0, cell.cell_id + "-s" + std::to_string(seed)});
    }
  }
  if (selected.runs.empty() && selected.skipped.empty()) {
    throw Error("nothing is selected: the suite has " + std::to_string(plan.cells.size()) +
                " cells and " + std::to_string(suite.seeds.size()) +
                " seed blocks, and none of their runs passes --filter, --seeds and --shard");
  }
  return selected;
}

}  // namespace ablate
