#include "tests/report/study.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "harness/report/analysis.h"

namespace ablate::testing {
namespace {

std::string SuiteText(int seeds, const std::string& keys) {
  std::string list;
  for (int seed = 1; seed <= seeds; ++seed) list += (seed > 1 ? ", " : "") + std::to_string(seed);
  return R"({"schema_version": 1, "name": "study", "device": "cpu",
    "corpus": {"name": "phrasebook", "pairs": 500},
    "seeds": [)" +
         list + "], " + keys + (keys.empty() ? "" : ", ") +
         R"("baseline": {"padding": "static", "schedule": "constant"},
    "matrix": {"padding": ["static", "dynamic"], "schedule": ["constant", "onecycle"]}})";
}

Record MakeRecord(const Suite& suite, const Cell& cell, const PlannedRun& run) {
  const bool dynamic = cell.factors[0].second == "dynamic";
  const bool onecycle = cell.factors[1].second == "onecycle";
  Record record;
  record.suite = suite.name;
  record.cell = cell.name;
  record.factors = cell.factors;
  record.seed = run.seed;
  record.block = run.block;
  record.position = run.position;
  record.cell_id = cell.cell_id;
  record.run_id = run.run_id;
  record.status = Status::kReached;
  record.target_metric = "train_loss";
  record.target_value = 1.8;
  record.examples_to_target = onecycle ? 500 : 1000;
  record.time_to_target_s =
      static_cast<double>(*record.examples_to_target) * (dynamic ? 0.005 : 0.01);
  record.time.train_s = record.time_to_target_s;
  record.examples = record.examples_to_target;
  record.throughput.target_tokens_per_s = dynamic ? 2000 : 1000;
  record.throughput.padding_efficiency = dynamic ? 0.9 : 0.45;
  record.memory.device_peak_allocated_bytes = dynamic ? 100 << 20 : 200 << 20;
  record.environment = "0123456789ab";
  return record;
}

}  // namespace

Study::Study(int seeds, const std::string& keys) {
  results_.suite = ParseSuite(SuiteText(seeds, keys), "study.json");
  results_.plan = MakePlan(results_.suite);
}

Study& Study::RunAll() {
  for (const PlannedRun& run : results_.plan.runs) {
    results_.records.push_back(MakeRecord(results_.suite, results_.plan.cells[run.cell], run));
  }
  return *this;
}

Record& Study::Find(const std::string& cell, uint64_t seed) {
  const auto found = std::ranges::find_if(results_.records, [&](const Record& record) {
    return record.seed == seed && record.factors[0].second + "," + record.factors[1].second == cell;
  });
  if (found == results_.records.end()) throw std::logic_error("no record of " + cell);
  return *found;
}

Study& Study::Change(const std::string& cell, uint64_t seed,
                     const std::function<void(Record&)>& edit) {
  edit(Find(cell, seed));
  return *this;
}

Study& Study::Remove(const std::string& cell, uint64_t seed) {
  results_.records.erase(results_.records.begin() + (&Find(cell, seed) - results_.records.data()));
  return *this;
}

Study& Study::Keep(uint64_t seed, const std::vector<std::string>& cells) {
  std::erase_if(results_.records, [&](const Record& record) {
    const std::string name = record.factors[0].second + "," + record.factors[1].second;
    return record.seed == seed && std::ranges::find(cells, name) == cells.end();
  });
  return *this;
}

Study& Study::Scale(const std::string& cell, const std::vector<double>& factors) {
  for (size_t i = 0; i < factors.size(); ++i) {
    Record& record = Find(cell, i + 1);
    record.time_to_target_s = *record.time_to_target_s * factors[i];
    record.examples_to_target =
        std::llround(static_cast<double>(*record.examples_to_target) * factors[i]);
    record.time.train_s = record.time_to_target_s;
    record.examples = record.examples_to_target;
  }
  return *this;
}

Summary Study::Analysed() const { return Analyse(results_); }

void NotReached(Record& record, double train_s, int64_t examples) {
  Ended(record, Status::kNotReached, "the budget is used up");
  record.time.train_s = train_s;
  record.examples = examples;
}

void Ended(Record& record, Status status, const std::string& reason) {
  record.status = status;
  record.reason = reason;
  record.time_to_target_s.reset();
  record.examples_to_target.reset();
}

const CellSummary& CellOf(const Summary& summary, const std::string& short_name) {
  const auto found = std::ranges::find(summary.cells, short_name, &CellSummary::short_name);
  if (found == summary.cells.end()) throw std::logic_error("no cell " + short_name);
  return *found;
}

const Effect& EffectOf(const Summary& summary, const std::string& response,
                       const std::string& level, Effect::Kind kind) {
  const auto found = std::ranges::find_if(summary.effects, [&](const Effect& effect) {
    return effect.response == response && effect.level == level && effect.kind == kind;
  });
  if (found == summary.effects.end()) throw std::logic_error("no effect of " + level);
  return *found;
}

const Interaction& InteractionOn(const Summary& summary, const std::string& response) {
  const auto found = std::ranges::find(summary.interactions, response, &Interaction::response);
  if (found == summary.interactions.end()) throw std::logic_error("no interaction on " + response);
  return *found;
}

std::string FileText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace ablate::testing
