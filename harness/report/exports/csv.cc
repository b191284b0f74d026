#include "harness/report/exports/csv.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ablate {
namespace {

using Json = nlohmann::json;

std::string CsvCell(const Json& value) {
  if (value.is_null() || (value.is_structured() && value.empty())) return "";
  const std::string text = value.is_string()
                               ? value.get<std::string>()
                               : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

struct Column {
  std::string name;
  Json::json_pointer pointer;
};

// Of one record, in the order of its JSON; a list is one value.
void AddColumns(const Json& value, const Json::json_pointer& pointer, const std::string& name,
                std::vector<Column>& columns) {
  if (!value.is_object()) {
    columns.push_back({name, pointer});
    return;
  }
  for (const auto& [key, child] : value.items()) {
    AddColumns(child, pointer / key, name.empty() ? key : name + "." + key, columns);
  }
}

// Those of all records: suites that grew have records with more factors than others.
std::vector<Column> Columns(const std::vector<Json>& rows) {
  std::vector<Column> columns;
  for (const Json& row : rows) {
    std::vector<Column> own;
    AddColumns(row, Json::json_pointer(), "", own);
    for (Column& column : own) {
      const auto known = [&](const Column& other) { return other.name == column.name; };
      if (std::none_of(columns.begin(), columns.end(), known)) columns.push_back(std::move(column));
    }
  }
  return columns;
}

}  // namespace

std::string RecordsCsv(const std::vector<Record>& records) {
  std::vector<Json> rows;
  for (const Record& record : records) rows.push_back(ToJson(record));
  const std::vector<Column> columns = Columns(rows);
  std::string csv;
  for (size_t i = 0; i < columns.size(); ++i) csv += (i == 0 ? "" : ",") + CsvCell(columns[i].name);
  csv += "\r\n";
  for (const Json& row : rows) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) csv += ",";
      if (row.contains(columns[i].pointer)) csv += CsvCell(row[columns[i].pointer]);
    }
    csv += "\r\n";
  }
  return csv;
}

}  // namespace ablate
