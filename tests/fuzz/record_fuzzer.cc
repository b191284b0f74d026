// records.jsonl, curve.csv and what a worker says: read as the driver reads them to go on, and as
// the report does.
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"
#include "harness/report/analysis.h"
#include "harness/report/report.h"
#include "harness/report/results_reader.h"
#include "harness/report/summary_json.h"
#include "harness/run/curve_comparison.h"
#include "harness/run/progress.h"
#include "harness/run/store.h"
#include "tests/fuzz/fuzz.h"

namespace ablate {
namespace {

// The records of the seeds are of these cells.
constexpr const char* kSuite = R"({
  "schema_version": 1, "name": "smoke", "corpus": {"name": "phrasebook"}, "seeds": [1, 2, 3],
  "matrix": {"padding": ["static", "dynamic"], "precision": ["fp32", "amp"]}
})";

// What resuming keeps of a torn log is a whole log of the same records.
void CheckLog(std::string_view text) {
  std::optional<RecordLog> log;
  if (!fuzz::Accepts([&] { log = ParseRecordLog(text, "records.jsonl"); })) return;

  fuzz::Ensure(log->intact_bytes <= text.size(), "a log has no more bytes than its file");
  const RecordLog kept = ParseRecordLog(text.substr(0, log->intact_bytes), "records.jsonl");
  fuzz::Ensure(kept.records.size() == log->records.size() && kept.warnings.empty(),
               "what is kept of a torn log is whole");
}

// A record that was read can be checked, shown, and written so that it reads back.
void CheckRecord(const Record& record) {
  fuzz::Accepts([&] { CheckPossible(record); });
  DescribeOutcome(record);
  const std::string line = ToLine(ToJson(record));
  fuzz::Ensure(ToLine(ToJson(RecordFromJson(nlohmann::json::parse(line)))) == line,
               "a record reads back as it was written");
}

void CheckReport(std::string_view text) {
  static const Suite suite = ParseSuite(kSuite, "suite.json");
  static const Plan plan = MakePlan(suite);
  Results results{.suite = suite, .plan = plan};
  results.records = ParseRecords(text, results.notes);
  if (results.records.empty()) return;

  for (const Record& record : results.records) CheckRecord(record);
  results.evidence[results.records.front().run_id].curve =
      ParseCurve(text, "curve.csv", results.notes);
  const Summary summary = Analyse(results);
  ToJson(summary).dump();
  RenderMarkdown({results, summary, {}, ""});
}

void CheckCurve(std::string_view text) {
  std::vector<std::string> notes;
  ParseCurve(text, "curve.csv", notes);
  CurveDifferences(text, text, true);
  CurveDifferences(text.substr(0, text.size() / 2), text, false);
}

void CheckEvent(std::string_view text) {
  const auto event = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) return;
  std::ostringstream terminal;
  const auto progress = MakeLiveProgress(
      terminal, [] { return 80; }, true);
  progress->Start(2, 0);
  progress->RunStarts(Record());
  progress->Heard(event);
  progress->Tick();
}

}  // namespace
}  // namespace ablate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = ablate::fuzz::View(data, size);
  ablate::CheckLog(text);
  ablate::CheckReport(text);
  ablate::CheckCurve(text);
  ablate::CheckEvent(text);
  return 0;
}
