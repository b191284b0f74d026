#include "harness/plan/suite.h"

#include <fstream>
#include <set>
#include <sstream>

#include "harness/plan/matrix.h"
#include "harness/plan/settings_fields.h"
#include "harness/plan/suite_keys.h"
#include "model/error.h"

namespace ablate {
namespace {

ValueRule Choice(std::vector<std::string> choices) {
  return {.type = ValueRule::Type::kChoice, .choices = std::move(choices)};
}

Settings ReadBase(const JsonReader& root) {
  Settings base;
  for (const Section& section : SettingsSections()) {
    if (section.name.empty())
      ReadSection(section, root, base);
    else if (const auto object = root.Find(section.name))
      ReadSection(section, *object, base);
  }
  root.Need("corpus");
  return base;
}

std::vector<uint64_t> ReadSeeds(const JsonReader& reader) {
  std::vector<uint64_t> seeds;
  std::set<uint64_t> seen;
  for (const JsonReader& element : reader.Elements()) {
    seeds.push_back(Checked(element, SeedRule()).get<uint64_t>());
    if (!seen.insert(seeds.back()).second)
      element.Fail("the seed " + std::to_string(seeds.back()) + " stands here twice");
  }
  return seeds;
}

Design ReadDesign(const JsonReader& root) {
  const auto reader = root.Find("design");
  if (!reader) return Design::kFactorial;
  Checked(*reader, Choice(DesignNames()));
  for (const Design design : kDesigns)
    if (Name(design) == reader->Text()) return design;
  return Design::kFactorial;
}

std::string ReadName(const JsonReader& reader) {
  const std::string& name = reader.Text();
  if (!IsSuiteName(name))
    reader.FailExpecting(
        "up to 64 of a-z, 0-9, _ and -, not beginning with - and not 'reference', since it names "
        "folders");
  return name;
}

void CheckSchemaVersion(const JsonReader& reader) {
  if (reader.value() != kSuiteSchemaVersion)
    reader.FailExpecting(std::to_string(kSuiteSchemaVersion) +
                         ", the version that this program reads");
}

Suite ReadSuite(const JsonReader& root) {
  root.ExpectObject(SuiteKeys());
  CheckSchemaVersion(root.Need("schema_version"));
  Suite suite;
  suite.name = ReadName(root.Need("name"));
  if (const auto schema = root.Find("$schema")) schema->Text();
  if (const auto description = root.Find("description")) suite.description = description->Text();
  const auto device = root.Find("device");
  suite.device = device ? Checked(*device, Choice(DeviceNames())).get<std::string>() : "auto";
  suite.base = ReadBase(root);
  suite.seeds = ReadSeeds(root.Need("seeds"));
  suite.factors = ReadMatrix(root.Need("matrix"), suite.base);
  ReadBaseline(root.Find("baseline"), suite.factors, suite.base);
  suite.design = ReadDesign(root);
  if (const auto exclude = root.Find("exclude"))
    suite.exclusions = ReadExclusions(*exclude, suite.factors);
  if (const auto margin = root.Find("equivalence_margin"))
    suite.equivalence_margin = Checked(*margin, EquivalenceMarginRule()).get<double>();
  return suite;
}

}  // namespace

std::string_view Name(Design design) {
  switch (design) {
    case Design::kOneFactor:
      return "one_factor";
    case Design::kLeaveOneOut:
      return "leave_one_out";
    case Design::kFactorial:
      break;
  }
  return "factorial";
}

Suite ParseSuite(std::string_view text, const std::filesystem::path& file) {
  const JsonSource source = JsonSource::Parse(text, file.string());
  Suite suite = ReadSuite(JsonReader(source));
  suite.file = file;
  suite.folder = file.has_parent_path() ? file.parent_path() : ".";
  suite.source_text = text;
  return suite;
}

Suite LoadSuite(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    throw Error(file.string() + ": a folder; give the path of a suite file");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    throw Error(file.string() + ": cannot be read; give the path of a suite file that has text");
  return ParseSuite(text.str(), file);
}

}  // namespace ablate
