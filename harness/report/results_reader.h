// A results folder, read: the evidence that a report is made from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/report/benchmarks.h"
#include "harness/run/record.h"

namespace ablate {

// One row of a run's curve.csv.
struct CurvePoint {
  double update = 0;
  double examples = 0;
  double train_s = 0;
  std::optional<double> learning_rate, train_loss, valid_loss;
  std::optional<double> target_tokens = {}, grad_norm = {}, loss_scale = {};
};

// One validation sentence that the run translated.
struct Sample {
  std::string source, reference, translation;
};

// What runs/<run_id>/ holds beside the record.
struct RunEvidence {
  std::vector<CurvePoint> curve;
  std::vector<Sample> samples;
};

struct Results {
  Suite suite;
  Plan plan;                    // what the suite asks for, whether it was run or not
  nlohmann::json environment;   // null where the folder has none
  std::vector<Record> records;  // the last of each run, in the order in which they were run
  std::map<std::string, RunEvidence> evidence;  // by run_id; absent where the folder has none
  std::vector<std::string> notes;  // what was missing or unreadable, in words for the report
  std::optional<Benchmarks> benchmarks = {};  // bench.json, where `ablate bench` left one
};

// Reads results/<suite>/. Throws Error where suite.json is missing or bad; whatever else is missing
// or torn becomes a note, because a report of an interrupted suite is worth having.
Results LoadResults(const std::filesystem::path& folder);

// Parsers of the single files; `name` is what notes call the file.
std::vector<Record> ParseRecords(std::string_view text, std::vector<std::string>& notes);
std::vector<CurvePoint> ParseCurve(std::string_view text, const std::string& name,
                                   std::vector<std::string>& notes);

}  // namespace ablate
