// A results folder as the driver writes it:
//   suite.json               the suite, resolved
//   environment.json         where the runs were measured
//   environment-<hash>.json  an earlier one that differs
//   records.jsonl            a line a run, appended and synced; the last line of a run wins
//   runs/<run_id>/           run.json, curve.csv, log.txt
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/child.h"
#include "harness/run/record.h"

namespace ablate {

// What records.jsonl holds.
struct RecordLog {
  std::vector<Record>
      records;              // the last of each run, in the order in which runs were first recorded
  size_t intact_bytes = 0;  // up to and with the last whole record
  bool ends_in_line_break = true;
  std::vector<std::string> warnings;  // a torn last line that was dropped
};

// Reads records.jsonl of a results folder; an absent file is an empty log. Throws Error on a bad
// line that isn't the last.
RecordLog ReadRecordLog(const std::filesystem::path& results);
// The same of its text; `name` is what messages call the file.
RecordLog ParseRecordLog(std::string_view text, const std::string& name);

// Throws Error in results/reference, which holds committed runs and is never written.
void CheckIsNoReference(const std::filesystem::path& results);

// Where `ablate profile` puts its runs: in the results folder, apart from what is measured. Throws
// Error in results/reference.
std::filesystem::path ProfileFolder(const std::filesystem::path& results);

class ResultStore {
 public:
  // Opens `results`, making it where it is absent, and locks it against a second driver until
  // destroyed. With `fresh`, a folder that holds records is first moved aside, to
  // "<results>.old-<time>". Throws Error where another driver holds the folder, where it lies in
  // results/reference, or where it holds something else than results.
  static ResultStore Open(const std::filesystem::path& results, bool fresh = false);

  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& moved_aside() const { return moved_aside_; }  // empty: nothing was
  const std::vector<std::string>& warnings() const { return warnings_; }

  const std::vector<Record>& records() const { return records_; }  // the last of each run
  const Record* Find(const std::string& run_id) const;             // nullptr where there is none

  // Appends one line and syncs it. Throws Error where the disk is full; the log is then as before.
  void Append(const Record& record);

  // Ordered: the order of factors in the matrix is that in cell names.
  void WriteSuite(const nlohmann::ordered_json& suite);
  nlohmann::json environment() const;  // null where there is none
  // Keeps what it replaces. Returns the hash that records refer to: 12 hex digits.
  std::string WriteEnvironment(const nlohmann::json& environment);

  std::filesystem::path RunFolder(const std::string& run_id) const;
  // Empties and makes the folder of a run.
  std::filesystem::path FreshRunFolder(const std::string& run_id);

 private:
  ResultStore(std::filesystem::path folder, FileDescriptor lock);
  void Load();
  void AppendText(std::string_view text);
  void Remember(const Record& record);

  std::filesystem::path folder_, moved_aside_;
  FileDescriptor lock_, log_;
  std::vector<Record> records_;
  std::map<std::string, size_t> index_;  // of records_, by run_id
  std::vector<std::string> warnings_;
};

}  // namespace ablate
