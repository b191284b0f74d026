// Records as a table.
#pragma once

#include <string>
#include <vector>

#include "harness/run/record.h"

namespace ablate {

// A row a record and a column a value, nested keys joined by dots ("time.train_s"), after one
// column a factor ("factors.padding"). Absent values are empty. RFC 4180.
std::string RecordsCsv(const std::vector<Record>& records);

}  // namespace ablate
