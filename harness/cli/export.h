// Records in forms that other programs read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/record.h"

namespace ablate {

// A row a record and a column a value, nested keys joined by dots ("time.train_s"), after one
// column a factor
// ("factors.padding"). Absent values are empty. RFC 4180.
std::string RecordsCsv(const std::vector<Record>& records);

// Writes <folder>/records.csv or records.json and returns its path. format: csv | json.
std::filesystem::path ExportRecords(const std::vector<Record>& records, const std::string& format,
                                    const std::filesystem::path& folder);

}  // namespace ablate
