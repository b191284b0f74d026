// A small study for the report's tests: a suite of two factors, and records that say what a test
// needs them to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/report/results_reader.h"
#include "harness/report/summary.h"
#include "harness/run/record.h"

namespace ablate::testing {

// padding {static, dynamic} x schedule {constant, onecycle}, with `seeds` seeds.
class Study {
 public:
  // `keys` go into the suite as they are: R"("exclude": […])".
  explicit Study(int seeds, const std::string& keys = "");

  // Every cell's run in every seed reaches the target: 10 s and 1000 examples in the baseline;
  // dynamic halves the time an example takes, onecycle the examples.
  Study& RunAll();
  // Changes the record of a cell, named as in "dynamic,constant", in one seed.
  Study& Change(const std::string& cell, uint64_t seed, const std::function<void(Record&)>& edit);
  // Removes all records of a seed but those of these cells.
  Study& Keep(uint64_t seed, const std::vector<std::string>& cells);
  Study& Remove(const std::string& cell, uint64_t seed);
  // Multiplies a cell's time and examples, one factor a seed, from seed 1 on.
  Study& Scale(const std::string& cell, const std::vector<double>& factors);

  Summary Analysed() const;
  const Results& results() const { return results_; }
  Results& results() { return results_; }

 private:
  Record& Find(const std::string& cell, uint64_t seed);

  Results results_;
};

void NotReached(Record& record, double train_s, int64_t examples);
void Ended(Record& record, Status status, const std::string& reason);

const CellSummary& CellOf(const Summary& summary, const std::string& short_name);
const Effect& EffectOf(const Summary& summary, const std::string& response,
                       const std::string& level, Effect::Kind kind);

const Interaction& InteractionOn(const Summary& summary, const std::string& response);

std::string FileText(const std::filesystem::path& path);

}  // namespace ablate::testing
