// What every export is written from.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/report/results_reader.h"
#include "harness/report/summary.h"
#include "harness/run/record.h"

namespace ablate {

// A results folder, and what its analysis says.
struct ExportInput {
  const Results& results;
  const Summary& summary;
};

// The records of each cell, by its name, in the order of their seeds; skipped cells are left out.
using RunsByCell = std::map<std::string, std::vector<const Record*>>;
RunsByCell GroupByCell(const std::vector<Record>& records);

// "timed_out: not finished within 60 s", or the status alone where there is no reason.
std::string OutcomeWords(const Record& run);

// A number as JSON writes it: the shortest text that reads back to the same.
std::string ShortestText(double value);

// A text of environment.json, such as "host"; empty where it has none.
std::string EnvironmentText(const nlohmann::json& environment, const std::string& key);

}  // namespace ablate
