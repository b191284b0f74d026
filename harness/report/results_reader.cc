#include "harness/report/results_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <tuple>
#include <unordered_map>

#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::optional<std::string> ReadFile(const fs::path& path) {
  std::filebuf file;  // a stream for each of ten thousand runs costs more than what is read
  if (!file.open(path, std::ios::in | std::ios::binary)) return std::nullopt;
  std::string text(4096, '\0');
  size_t size = 0;
  while (true) {
    const auto room = static_cast<std::streamsize>(text.size() - size);
    const auto got = file.sgetn(text.data() + size, room);
    size += static_cast<size_t>(got);
    if (got < room) break;
    text.resize(2 * text.size());
  }
  text.resize(size);
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view WithoutCarriageReturn(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<double> ParseNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void KeepLastOfEachRun(std::vector<Record>& records) {
  std::unordered_map<std::string, size_t> last;
  for (size_t i = 0; i < records.size(); ++i) last[records[i].run_id] = i;
  std::vector<Record> kept;
  for (size_t i = 0; i < records.size(); ++i) {
    if (last[records[i].run_id] == i) kept.push_back(std::move(records[i]));
  }
  records = std::move(kept);
}

// A curve's columns by name, so that a file with more columns, or in another order, is read too.
class CurveColumns {
 public:
  explicit CurveColumns(std::string_view header) : names_(Split(header, ',')) {}

  std::optional<double> Get(const std::vector<std::string_view>& row, std::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    const auto index = static_cast<size_t>(found - names_.begin());
    return index < row.size() ? ParseNumber(row[index]) : std::nullopt;
  }
  size_t size() const { return names_.size(); }

 private:
  std::vector<std::string_view> names_;
};

std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<Sample> ParseSamples(const json& run) {
  std::vector<Sample> samples;
  if (!run.is_object() || !run.contains("samples")) return samples;
  for (const json& sample : run["samples"]) {
    if (!sample.is_object()) continue;
    samples.push_back(
        {TextOf(sample, "source"), TextOf(sample, "reference"), TextOf(sample, "translation")});
  }
  return samples;
}

RunEvidence LoadEvidence(const fs::path& folder, const std::string& run_id,
                         std::vector<std::string>& notes) {
  RunEvidence evidence;
  const std::string name = "runs/" + run_id + "/curve.csv";
  if (const auto text = ReadFile(folder / "curve.csv")) {
    evidence.curve = ParseCurve(*text, name, notes);
  }
  if (const auto text = ReadFile(folder / "run.json")) {
    evidence.samples = ParseSamples(json::parse(*text, nullptr, /*allow_exceptions=*/false));
  }
  return evidence;
}

std::optional<Benchmarks> LoadBenchmarks(const fs::path& folder, std::vector<std::string>& notes) {
  const auto text = ReadFile(folder / "bench.json");
  if (!text) return std::nullopt;
  try {
    return ParseBenchmarks(*text, "bench.json");
  } catch (const Error& error) {
    notes.push_back(std::string(error.what()) + " Its section is left out.");
    return std::nullopt;
  }
}

json LoadEnvironment(const fs::path& folder, std::vector<std::string>& notes) {
  const auto text = ReadFile(folder / "environment.json");
  json environment = text ? json::parse(*text, nullptr, /*allow_exceptions=*/false) : json();
  if (environment.is_object()) return environment;
  notes.push_back(text ? "environment.json is not a JSON object; the environment is not shown."
                       : "The folder holds no environment.json; the environment is not known.");
  return nullptr;
}

}  // namespace

std::vector<Record> ParseRecords(std::string_view text, std::vector<std::string>& notes) {
  std::vector<Record> records;
  const std::vector<std::string_view> lines = Split(text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = WithoutCarriageReturn(lines[i]);
    if (line.empty()) continue;
    try {
      // The library's own message would quote the line, whose bytes may be no text.
      const json parsed = json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (parsed.is_discarded()) throw Error("it is not JSON");
      records.push_back(RecordFromJson(parsed));
    } catch (const std::exception& error) {
      const bool torn = i + 1 == lines.size();
      notes.push_back(torn ? "The last line of records.jsonl is torn and was left out; that run "
                             "counts as not run."
                           : "Line " + std::to_string(i + 1) +
                                 " of records.jsonl was left out: " + error.what());
    }
  }
  KeepLastOfEachRun(records);
  std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.block, a.position) < std::tie(b.block, b.position);
  });
  return records;
}

std::vector<CurvePoint> ParseCurve(std::string_view text, const std::string& name,
                                   std::vector<std::string>& notes) {
  std::vector<CurvePoint> points;
  const std::vector<std::string_view> lines = Split(text, '\n');
  const CurveColumns columns(WithoutCarriageReturn(lines.front()));
  size_t unreadable = 0;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = WithoutCarriageReturn(lines[i]);
    if (line.empty()) continue;
    const std::vector<std::string_view> row = Split(line, ',');
    const auto update = columns.Get(row, "update");
    const auto examples = columns.Get(row, "examples");
    const auto train_s = columns.Get(row, "train_s");
    if (row.size() != columns.size() || !update || !examples || !train_s) {
      ++unreadable;
      continue;
    }
    points.push_back({*update, *examples, *train_s, columns.Get(row, "learning_rate"),
                      columns.Get(row, "train_loss"), columns.Get(row, "valid_loss"),
                      columns.Get(row, "target_tokens"), columns.Get(row, "grad_norm"),
                      columns.Get(row, "loss_scale")});
  }
  if (unreadable > 0) {
    notes.push_back(name + ": " + std::to_string(unreadable) + " unreadable row(s) left out.");
  }
  return points;
}

Results LoadResults(const fs::path& folder) {
  Results results;
  const fs::path suite_file = folder / "suite.json";
  const auto suite_text = ReadFile(suite_file);
  if (!suite_text) {
    throw Error("'" + folder.string() + "' is not a results folder: it holds no suite.json. Name " +
                "a folder that `ablate run` wrote, such as results/<suite>.");
  }
  results.suite = ParseSuite(*suite_text, suite_file);
  results.plan = MakePlan(results.suite);
  results.environment = LoadEnvironment(folder, results.notes);
  const auto records = ReadFile(folder / "records.jsonl");
  if (records) results.records = ParseRecords(*records, results.notes);
  for (const Record& record : results.records) {
    results.evidence[record.run_id] =
        LoadEvidence(folder / "runs" / record.run_id, record.run_id, results.notes);
  }
  results.benchmarks = LoadBenchmarks(folder, results.notes);
  return results;
}

}  // namespace ablate
