#include "harness/report/exports/junit.h"

#include <libxml/chvalid.h>
#include <libxml/tree.h>
#include <libxml/xmlstring.h>

#include <algorithm>
#include <memory>

#include "harness/report/format.h"
#include "harness/report/verdict.h"

namespace ablate {
namespace {

using Runs = std::vector<const Record*>;

const xmlChar* Xml(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

// What XML cannot hold (most control characters, bytes that are no UTF-8) becomes U+FFFD. The
// library escapes the rest.
std::string Sound(const std::string& text) {
  std::string sound;
  for (size_t i = 0; i < text.size();) {
    int length = static_cast<int>(std::min<size_t>(text.size() - i, 4));
    const int character =
        xmlGetUTF8Char(reinterpret_cast<const unsigned char*>(text.data() + i), &length);
    if (character > 0 && xmlIsCharQ(character)) {
      sound.append(text, i, static_cast<size_t>(length));
      i += static_cast<size_t>(length);
    } else {
      sound += "\uFFFD";
      ++i;
    }
  }
  return sound;
}

// An element of a document, which owns it.
class Element {
 public:
  explicit Element(xmlNode* node) : node_(node) {}
  Element Add(const std::string& name, const std::string& text = "") {
    return Element(
        xmlNewTextChild(node_, nullptr, Xml(name), text.empty() ? nullptr : Xml(Sound(text))));
  }
  Element& Set(const std::string& attribute, const std::string& value) {
    xmlNewProp(node_, Xml(attribute), Xml(Sound(value)));
    return *this;
  }

 private:
  xmlNode* node_;
};

struct Counts {
  int64_t tests = 0, errors = 0, skipped = 0;
  double wall_s = 0;
};

double WallTime(const Runs& runs) {
  double sum = 0;
  for (const Record* run : runs) sum += run->time.wall_s.value_or(0);
  return sum;
}

void AddProperty(Element& properties, const std::string& name, const std::string& value) {
  properties.Add("property").Set("name", name).Set("value", value);
}

void AddProperty(Element& properties, const std::string& name, const std::optional<double>& value) {
  if (value) AddProperty(properties, name, ShortestText(*value));
}

void AddProperties(const CellSummary& cell, Element& testcase) {
  Element properties = testcase.Add("properties");
  AddProperty(properties, "reached",
              std::to_string(cell.reached) + " of " + std::to_string(cell.runs));
  const Estimate& time = cell.time_to_target_s;
  AddProperty(properties, "time_to_target_s", time.mean);
  AddProperty(properties, "time_to_target_s.low", time.low);
  AddProperty(properties, "time_to_target_s.high", time.high);
  AddProperty(properties, "time_to_target_s.at_least", time.at_least);
}

std::string RunLine(const Record& run) {
  std::string line = "seed " + std::to_string(run.seed) + ": " + OutcomeWords(run);
  if (run.time_to_target_s) line += " in " + ShortestText(*run.time_to_target_s) + " s";
  return line + " (" + run.run_id + ")";
}

std::string Lines(const Runs& runs) {
  std::string text;
  for (const Record* run : runs) text += RunLine(*run) + "\n";
  return text;
}

void AddOutcome(const Runs& runs, Element& testcase, Counts& counts) {
  Runs broken = runs;
  std::erase_if(broken, [](const Record* run) { return IsFinal(run->status); });
  if (runs.empty()) {
    testcase.Add("skipped").Set("message", "no run of this cell has a record");
    ++counts.skipped;
  } else if (!broken.empty()) {
    testcase.Add("error", Lines(broken))
        .Set("message", RunLine(*broken[0]))
        .Set("type", std::string(Name(broken[0]->status)));
    ++counts.errors;
  }
}

Element AddTestcase(Element& suite, const std::string& suite_name, const std::string& cell,
                    double wall_s, Counts& counts) {
  ++counts.tests;
  counts.wall_s += wall_s;
  return suite.Add("testcase")
      .Set("classname", suite_name)
      .Set("name", cell)
      .Set("time", Fixed(wall_s, 3));
}

void AddCells(const ExportInput& input, Element& suite, Counts& counts) {
  const RunsByCell by_cell = GroupByCell(input.results.records);
  for (const CellSummary& cell : input.summary.cells) {
    const auto found = by_cell.find(cell.name);
    const Runs runs = found == by_cell.end() ? Runs() : found->second;
    Element testcase = AddTestcase(suite, input.summary.suite, cell.name, WallTime(runs), counts);
    if (!runs.empty()) AddProperties(cell, testcase);
    AddOutcome(runs, testcase, counts);
    if (!runs.empty()) testcase.Add("system-out", Lines(runs));
  }
  for (const auto& [cell, reason] : input.summary.excluded) {
    AddTestcase(suite, input.summary.suite, cell, 0, counts).Add("skipped").Set("message", reason);
    ++counts.skipped;
  }
}

void SetCounts(const Counts& counts, Element& element) {
  element.Set("tests", std::to_string(counts.tests))
      .Set("failures", "0")
      .Set("errors", std::to_string(counts.errors));
}

// When the first run started, as the format has it: without a zone.
std::string Timestamp(const std::vector<Record>& records) {
  std::string first;
  for (const Record& record : records) {
    if (record.started_at.empty()) continue;
    if (first.empty() || record.started_at < first) first = record.started_at;
  }
  if (first.ends_with('Z')) first.pop_back();
  return first;
}

void Fill(const ExportInput& input, Element& root) {
  Element suite = root.Add("testsuite");
  suite.Set("name", input.summary.suite);
  const std::string host = EnvironmentText(input.results.environment, "host");
  if (!host.empty()) suite.Set("hostname", host);
  const std::string timestamp = Timestamp(input.results.records);
  if (!timestamp.empty()) suite.Set("timestamp", timestamp);
  Element properties = suite.Add("properties");
  AddProperty(properties, "target", TargetWords(input.summary));
  AddProperty(properties, "verdict", VerdictLine(input.summary));
  Counts counts;
  AddCells(input, suite, counts);
  SetCounts(counts, suite);
  suite.Set("skipped", std::to_string(counts.skipped)).Set("time", Fixed(counts.wall_s, 3));
  SetCounts(counts, root);
  root.Set("time", Fixed(counts.wall_s, 3));
}

}  // namespace

std::string JUnitXml(const ExportInput& input) {
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(xmlNewDoc(Xml("1.0")), &xmlFreeDoc);
  xmlNode* root = xmlNewNode(nullptr, Xml("testsuites"));
  xmlDocSetRootElement(document.get(), root);
  Element element(root);
  Fill(input, element);
  xmlChar* text = nullptr;
  int size = 0;
  xmlDocDumpFormatMemoryEnc(document.get(), &text, &size, "UTF-8", 1);
  std::string xml(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  xmlFree(text);
  return xml;
}

}  // namespace ablate
