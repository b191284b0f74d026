#include "harness/plan/schema.h"

#include <gmock/gmock.h>

#include <sstream>

#include "harness/plan/suite.h"
#include "model/error.h"
#include "tests/plan/mutation.h"
#include "tests/plan/suite_text.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::ordered_json;

// A suite, and whether it is good. Where the schema cannot see the fault, `only_parser` says why.
struct Case {
  std::string name;
  ordered_json suite;
  bool good;
  std::string only_parser = {};
};

ordered_json WithAt(const std::string& pointer, const char* value) {
  ordered_json suite = testing::SuiteJson();
  suite[ordered_json::json_pointer(pointer)] = ordered_json::parse(value);
  return suite;
}

Case Good(const std::string& pointer, const char* value) {
  return {pointer + " " + value, WithAt(pointer, value), true};
}
Case Bad(const std::string& pointer, const char* value, std::string only_parser = {}) {
  return {pointer + " " + value, WithAt(pointer, value), false, std::move(only_parser)};
}

std::vector<Case> RootCases() {
  return {
      Good("/$schema", "\"schema.json\""),
      Good("/description", "\"\""),
      Good("/device", "\"cuda\""),
      Good("/deterministic", "true"),
      Good("/design", "\"one_factor\""),
      Good("/exclude", "[]"),
      Good("/quality", "{\"max_sentences\": 0}"),
      Good("/schema_version", "1.0"),
      Bad("/schema_version", "2"),
      Bad("/schema_version", "true"),
      Bad("/schema_version", "\"1\""),
      Bad("/name", "\"Upper\""),
      Bad("/name", "\"reference\""),
      Bad("/name", "\"-x\""),
      Bad("/name", "\"\""),
      Bad("/name", "3"),
      Bad("/description", "3"),
      Bad("/device", "\"gpu\""),
      Bad("/deterministic", "1"),
      Bad("/design", "\"fractional\""),
      Bad("/seed", "[1]"),
      Bad("/seeds", "[]"),
      Bad("/seeds", "[1, 1]"),
      Bad("/seeds", "[1, 1.0]"),
      Bad("/seeds", "[1.5]"),
      Bad("/seeds", "[-1]"),
      Bad("/seeds", "[9007199254740992]"),
      Bad("/seeds", "1"),
      Bad("/seeds", "[true]"),
      Good("/seeds", "[0, 9007199254740991]"),
      Bad("/corpus", "\"phrasebook\""),
      Bad("/matrix", "{}"),
      Bad("/matrix", "[]"),
      Bad("/exclude", "{}"),
      Bad("/techniques", "{}"),
      Good("/equivalence_margin", "0.1"),
      Bad("/equivalence_margin", "0"),
      Bad("/equivalence_margin", "1"),
      Bad("/equivalence_margin", "null"),
      Bad("/equivalence_margin", "\"5%\""),
  };
}

std::vector<Case> SectionCases() {
  return {
      Good("/corpus", R"({"name": "tsv", "path": "a.tsv"})"),
      Good("/corpus", R"({"name": "lines", "source": "a", "target": "b"})"),
      Good("/corpus", R"({"name": "multi30k", "max_pairs": null})"),
      Bad("/corpus", R"({"name": "multi30k", "pairs": 3})"),
      Bad("/corpus", R"({"name": "multi30k", "seed": 3})"),
      Bad("/corpus", R"({"name": "lines", "source": "a"})"),
      Bad("/corpus", R"({"name": "lines", "source": "", "target": "b"})"),
      Bad("/corpus", R"({"name": "tsv"})"),
      Bad("/corpus", R"({"name": "tsv", "path": "a", "source": "b"})"),
      Bad("/corpus", R"({"name": "multi31k"})"),
      Bad("/corpus", R"({"pairs": 3})"),
      Bad("/corpus/valid_fraction", "0"),
      Bad("/corpus/valid_fraction", "1"),
      Bad("/corpus/valid_fraction", "null"),
      Bad("/corpus/max_pairs", "0"),
      Good("/corpus/max_target_excess_chars", "-3"),
      Good("/vocabulary", R"({"type": "bpe", "size": 100})"),
      Good("/vocabulary", R"({"min_frequency": 2})"),
      Bad("/vocabulary", R"({"type": "bpe", "min_frequency": 2})"),
      Bad("/vocabulary", R"({"size": 4})"),
      Bad("/model/d_ff", "0"),
      Bad("/model/d_ff", "1.5"),
      Good("/model/d_ff", "64.0"),
      Bad("/model/dropout", "1"),
      Good("/model/dropout", "0"),
      Bad("/model/activation", "\"tanh\""),
      Bad("/model/tied_embeddings", "\"true\""),
      Bad("/model/width", "3"),
      Bad("/training/learning_rate", "0"),
      Bad("/training/optimizer", "\"adam\""),
      Bad("/target/value", "0"),
      Bad("/target/loss_interval", "0"),
      Bad("/target/metric", "\"loss\""),
      Bad("/target/max_epochs", "0"),
      Bad("/quality/max_sentences", "-1"),
      Bad("/model/heads", "5", "heads do not divide d_model"),
  };
}

std::vector<Case> MatrixCases() {
  return {
      Good("/matrix/padding/0", R"({"name": "static", "length": 50, "label": "fifty"})"),
      Bad("/matrix/padding/0", R"({"name": "dynamic2"})"),
      Bad("/matrix/padding/0", R"({"length": 50})"),
      Bad("/matrix/padding/0", R"({"name": "bucketed", "length": 50})"),
      Bad("/matrix/padding/0", R"({"name": "static", "length": 2})"),
      Bad("/matrix/padding/0", R"({"name": "static", "label": "a,b"})"),
      Bad("/matrix/padding/0", R"({"name": "static", "label": ""})"),
      Bad("/matrix/padding/0", "\"dinamic\""),
      Bad("/matrix/padding/0", "null"),
      Bad("/matrix/padding", "[]"),
      Bad("/matrix/padding", "\"static\""),
      Bad("/matrix/padding", R"(["static", "static"])"),
      Bad("/matrix/paddin", R"(["static"])"),
      Good("/matrix/precision", R"(["fp32", {"name": "amp", "dtype": "fp16"}])"),
      Bad("/matrix/precision", R"(["fp32", {"name": "amp", "dtype": "fp8"}])"),
      Good("/matrix/schedule/1", R"({"name": "onecycle", "three_phase": true})"),
      Bad("/matrix/schedule/1", R"({"name": "onecycle", "three_phase": 1})"),
      Bad("/matrix/schedule/1", R"({"name": "onecycle", "max_lr": 0})"),
      Good("/matrix/model.d_ff", "[32, 64]"),
      Bad("/matrix/model.d_ff", "[32, 0]"),
      Bad("/matrix/model.d_ff", "[]"),
      Bad("/matrix/model.d_ff", "[32, 32.0]"),
      Bad("/matrix/d_ff", "[32]"),
      Good("/matrix/deterministic", "[true, false]"),
      Bad("/matrix/target.value", "[1, 2]"),
      Bad("/matrix/quality.max_sentences", "[1, 2]"),
      Bad("/matrix/device", R"(["cpu"])"),
      Bad("/matrix/seeds", "[1]"),
      Bad("/matrix/name", R"(["a"])"),
      Bad("/matrix/model.dropout", "[0, 0.1]"),
      Bad("/matrix/training.label_smoothing", "[0, 0.1]"),
      Bad("/matrix/vocabulary.size", "[100, 200]"),
      Bad("/matrix/corpus.split_seed", "[1, 2]"),
      Bad("/matrix/ema", R"(["off", "on"])"),
      Good("/baseline", R"({"padding": "dynamic", "sharing": "cycle"})"),
      Good("/baseline", R"({"precision": {"name": "amp"}})"),
      Bad("/baseline", R"({"precision": {"name": "ampere"}})"),
      Bad("/baseline", R"({"name": "x"})"),
      Bad("/baseline", R"({"padding": 3})"),
      Bad("/baseline", "[]"),
      Good("/exclude", R"([{"when": {"padding": "dynamic"}, "reason": "r"}])"),
      Bad("/exclude", R"([{"when": {"padding": "dynamic"}}])"),
      Bad("/exclude", R"([{"when": {}, "reason": "r"}])"),
      Bad("/exclude", R"([{"when": {"pad": "dynamic"}, "reason": "r"}])"),
      Bad("/exclude", R"([{"when": {"padding": ["dynamic"]}, "reason": "r"}])"),
      Bad("/exclude", R"([{"when": {"padding": "dynamic"}, "reason": "r", "why": ""}])"),
      Bad("/matrix/padding/1", R"({"name": "static"})", "'static' and its object are one level"),
      Bad("/matrix/schedule/0", "\"onecycle\"", "two levels of one label"),
      Bad("/matrix/corpus.path", R"(["a", "b"])"),
      Bad("/baseline", R"({"padding": "bucketed"})", "a baseline that is not listed"),
      Bad("/baseline", R"({"model.d_ff": 128})", "a baseline of no factor"),
      Bad("/exclude", R"([{"when": {"padding": "static"}, "reason": "r"}])", "the baseline's cell"),
      Bad("/exclude", R"([{"when": {"padding": "x"}, "reason": "r"}])", "an unknown label"),
      Bad("/exclude", R"([{"when": {"sharing": "none"}, "reason": "r"}])",
          "no factor of the suite"),
      Bad("/matrix/sharing", R"(["none", {"name": "cycle", "unique": 9}])", "2 layers, not 9"),
  };
}

std::vector<Case> AllCases() {
  std::vector<Case> all = RootCases();
  for (auto* more : {&SectionCases, &MatrixCases})
    for (Case& c : more()) all.push_back(std::move(c));
  for (const char* key : {"schema_version", "name", "corpus", "seeds", "matrix"})
    all.push_back({std::string("without ") + key, testing::Patched({{key, nullptr}}), false});
  for (const char* key : {"model", "target"})
    all.push_back({std::string("without ") + key, testing::Patched({{key, nullptr}}), true});
  ordered_json dropout = WithAt("/matrix/model.dropout", "[0, 0.1]");
  dropout["target"]["metric"] = "valid_loss";
  all.push_back({"dropout by valid_loss", dropout, true});
  for (const char* name : {"smoke", "quick", "full", "techniques", "sharing_depth", "sharing_parameters"})
    all.push_back({name,
                   ordered_json::parse(testing::FileText(std::string("suites/") + name + ".json")),
                   true});
  return all;
}

// "good", or "bad" and why, for each.
std::vector<std::string> VerdictsOfTheSchema(const ordered_json& suites) {
  const std::string schema = std::string(ABLATE_SOURCE_DIR) + "/suites/schema.json";
  std::istringstream out(testing::RunPython("tests/plan/schema.py", {schema}, suites.dump()));
  std::vector<std::string> verdicts;
  for (std::string line; std::getline(out, line);) verdicts.push_back(line);
  verdicts.resize(suites.size());
  return verdicts;
}

TEST(SchemaTest, FileIsWhatTheTablesSay) {
  testing::ExpectFile("suites/schema.json", SuiteSchema().dump(2) + "\n");
}

TEST(SchemaTest, AgreesWithTheParser) {
  const std::vector<Case> cases = AllCases();
  ordered_json suites = ordered_json::array();
  for (const Case& c : cases) suites.push_back(c.suite);
  const std::vector<std::string> verdicts = VerdictsOfTheSchema(suites);
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case& c = cases[i];
    EXPECT_EQ(testing::Refusal(c.suite).empty(), c.good) << c.name << testing::Refusal(c.suite);
    const bool schema_accepts = c.good || !c.only_parser.empty();
    EXPECT_EQ(verdicts[i] == "good", schema_accepts) << c.name << ": " << verdicts[i];
  }
}

// What the parser accepts, the schema accepts; on random suites, most of them bad.
TEST(SchemaTest, AcceptsWhateverTheParserAccepts) {
  Random random(3);
  ordered_json accepted = ordered_json::array();
  for (int i = 0; i < 6000; ++i) {
    ordered_json suite = testing::Mutated(testing::SuiteJson(), random);
    if (testing::Refusal(suite).empty()) accepted.push_back(std::move(suite));
  }
  ASSERT_GT(accepted.size(), 100u);
  const std::vector<std::string> verdicts = VerdictsOfTheSchema(accepted);
  for (size_t i = 0; i < accepted.size(); ++i) EXPECT_EQ(verdicts[i], "good") << accepted[i].dump();
}

}  // namespace
}  // namespace ablate
