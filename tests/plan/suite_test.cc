#include "harness/plan/suite.h"

#include <gmock/gmock.h>

#include "model/error.h"
#include "techniques/technique.h"
#include "tests/plan/suite_text.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;
using testing::Parse;
using testing::Patched;
using testing::Refusal;
using testing::RefusalOfText;
using ::testing::StartsWith;
using testing::SuiteText;

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = SuiteText();
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(SuiteTest, ReadsWhatStandsThere) {
  const Suite suite = Parse(SuiteText());
  EXPECT_EQ(suite.name, "small");
  EXPECT_EQ(suite.base.corpus.pairs, 500);
  EXPECT_EQ(suite.base.model.d_model, 64);
  EXPECT_EQ(suite.seeds, (std::vector<uint64_t>{1, 2}));
  ASSERT_EQ(suite.factors.size(), 2u);
  EXPECT_EQ(suite.factors[0].name, "padding");
  EXPECT_EQ(suite.factors[1].levels[1].label, "onecycle");
  EXPECT_EQ(suite.factors[1].levels[1].value,
            (nlohmann::json{{"name", "onecycle"}, {"pct_start", 0.1}}));
  EXPECT_EQ(suite.folder, "suites");
  EXPECT_EQ(ParseSuite(SuiteText(), "test.json").folder, ".");
}

TEST(SuiteTest, HasDefaults) {
  const Suite suite = Parse(SuiteText());
  EXPECT_EQ(suite.device, "auto");
  EXPECT_EQ(suite.design, Design::kFactorial);
  EXPECT_EQ(suite.description, "");
  EXPECT_FALSE(suite.base.deterministic);
  EXPECT_EQ(suite.base.training.gradient_clip, 0);
  EXPECT_EQ(suite.base.techniques.at("sharing"), (nlohmann::json{{"name", "none"}}));
}

TEST(SuiteTest, NamesFileLinePathAndTheNearestName) {
  EXPECT_EQ(RefusalOfText(Replaced("\"dynamic\"", "\"dinamic\"")),
            "suites/test.json:10: matrix.padding[1]: unknown level of padding 'dinamic'; allowed: "
            "static, dynamic, bucketed, packed; did you mean 'dynamic'?");
  EXPECT_THAT(RefusalOfText(Replaced("\"d_ff\"", "\"dff\"")),
              StartsWith("suites/test.json:5: model.dff: unknown key 'dff'; allowed: d_model, "));
  EXPECT_THAT(RefusalOfText(Replaced("\"pct_start\"", "\"pct_stat\"")),
              StartsWith("suites/test.json:13: matrix.schedule[1].pct_stat: unknown option of "
                         "onecycle 'pct_stat'; allowed: name, max_lr, pct_start, "));
  EXPECT_THAT(RefusalOfText(Replaced("0.1}", "1.5}")),
              StartsWith("suites/test.json:13: matrix.schedule[1].pct_start: expected a number "
                         "from 0 to 1, found 1.5"));
  EXPECT_EQ(RefusalOfText(Replaced("\"value\": 1.8", "\"value\": \"1.8\"")),
            "suites/test.json:6: target.value: expected a number above 0, found the string '1.8'");
  EXPECT_THAT(RefusalOfText(Replaced("\"seeds\"", "\"seed\"")),
              HasSubstr("suites/test.json:7: seed: unknown key 'seed'; allowed: $schema, "));
  EXPECT_THAT(RefusalOfText(Replaced("\"seeds\"", "\"seed\"")), HasSubstr("mean 'seeds'?"));
}

TEST(SuiteTest, NeedsItsKeys) {
  for (const char* key : {"schema_version", "name", "corpus", "seeds", "matrix"})
    EXPECT_EQ(Refusal(Patched({{key, nullptr}})),
              std::string("suites/test.json:1: needs the key '") + key + "'");
  EXPECT_EQ(Refusal(Patched({{"corpus", {{"name", nullptr}, {"pairs", nullptr}}}})),
            "suites/test.json:4: corpus: needs the key 'name'");
  EXPECT_THAT(RefusalOfText("[]"), HasSubstr("expected an object, found an empty array"));
}

TEST(SuiteTest, HoldsTheVersion) {
  EXPECT_THAT(
      Refusal(Patched({{"schema_version", 2}})),
      HasSubstr("schema_version: expected 1, the version that this program reads, found 2"));
}

TEST(SuiteTest, NamesFoldersSafely) {
  for (const char* name : {"", "Full", "a/b", "..", "-x", "reference", "a b", "ä"})
    EXPECT_THAT(Refusal(Patched({{"name", name}})), HasSubstr("name: expected up to 64 of a-z"))
        << name;
  EXPECT_THAT(Refusal(Patched({{"name", std::string(100'000, 'a')}})), HasSubstr("name: expected"));
  EXPECT_EQ(Refusal(Patched({{"name", "full_2-b"}})), "");
}

TEST(SuiteTest, RefusesSeedsThatAreNone) {
  EXPECT_THAT(Refusal(Patched({{"seeds", {1, 2, 1}}})),
              HasSubstr("seeds[2]: the seed 1 stands here twice"));
  EXPECT_THAT(Refusal(Patched({{"seeds", {-1}}})), HasSubstr("seeds[0]: expected an integer"));
  EXPECT_THAT(Refusal(Patched({{"seeds", ordered_json::array()}})),
              HasSubstr("seeds: expected an array with at least one element"));
  EXPECT_THAT(Refusal(Patched({{"seeds", 3}})), HasSubstr("seeds: expected an array"));
  EXPECT_THAT(Refusal(Patched({{"seeds", {9007199254740992.0}}})), HasSubstr("seeds[0]"));
}

TEST(SuiteTest, TakesACorpusKeyOnlyWhereItBelongs) {
  EXPECT_THAT(Refusal(Patched({{"corpus", {{"name", "multi30k"}}}})),
              HasSubstr("corpus.pairs: belongs to corpus.name 'phrasebook' alone; here it is "
                        "'multi30k'"));
  const ordered_json lines = {{"name", "lines"}, {"pairs", nullptr}};
  EXPECT_THAT(Refusal(Patched({{"corpus", lines}})), HasSubstr("corpus: needs the key 'source'"));
  ordered_json whole = lines;
  whole["source"] = "a.en";
  whole["target"] = "a.fr";
  EXPECT_EQ(Refusal(Patched({{"corpus", whole}})), "");
  EXPECT_THAT(Refusal(Patched({{"vocabulary", {{"type", "bpe"}, {"min_frequency", 2}}}})),
              HasSubstr("vocabulary.min_frequency: belongs to vocabulary.type 'word' alone"));
}

TEST(SuiteTest, RefusesDuplicateKeys) {
  EXPECT_THAT(RefusalOfText(Replaced("\"layers\": 2", "\"layers\": 2, \"layers\": 3")),
              HasSubstr("suites/test.json:5: model.layers: the key stands here twice"));
}

ordered_json EveryKindOfThing() {
  return Patched(ordered_json::parse(R"json({
    "description": "Grüße, \"quoted\"", "device": "cpu", "deterministic": true,
    "target": {"metric": "valid_loss"},
    "corpus": {"max_pairs": null, "max_source_chars": 40},
    "design": "leave_one_out",
    "baseline": {"schedule": "slow", "precision": {"name": "amp", "dtype": "bf16"},
                 "model.d_ff": 512, "deterministic": true},
    "matrix": {
      "schedule": [{"name": "onecycle", "pct_start": 0.3, "label": "slow"},
                   {"name": "onecycle", "pct_start": 0.1}, "constant"],
      "model.d_ff": [128, 512, 64], "deterministic": [true, false],
      "model.activation": ["relu", "gelu"], "corpus.max_pairs": [null, 300],
      "training.learning_rate": [1e-3, 1e-4]
    },
    "exclude": [{"when": {"padding": "dynamic", "model.d_ff": 64}, "reason": "too small"}],
    "equivalence_margin": 0.1
  })json"));
}

TEST(SuiteTest, ComesBackFromItsOwnJson) {
  for (const ordered_json& json : {testing::SuiteJson(), EveryKindOfThing()}) {
    const ordered_json written = ToJson(Parse(json));
    EXPECT_EQ(ToJson(Parse(written)).dump(2), written.dump(2));
  }
}

TEST(SuiteTest, WritesEverythingThatWasRead) {
  const ordered_json written = ToJson(Parse(EveryKindOfThing()));
  const ordered_json& baseline = written.at("baseline");
  for (const Technique* technique : AllTechniques())
    EXPECT_TRUE(baseline.contains(technique->name())) << technique->name();
  EXPECT_EQ(baseline.at("precision").dump(), R"({"name":"amp","dtype":"bf16"})");
  EXPECT_EQ(baseline.at("schedule"), "slow");
  EXPECT_EQ(baseline.at("sharing"), "none");
  EXPECT_EQ(baseline.at("model.d_ff"), 512);
  EXPECT_EQ(baseline.at("deterministic"), true);
  EXPECT_EQ(baseline.at("corpus.max_pairs"), nullptr);
  EXPECT_EQ(written.at("matrix").at("schedule").dump(),
            R"([{"name":"onecycle","pct_start":0.3,"label":"slow"},)"
            R"({"name":"onecycle","pct_start":0.1},"constant"])");
  EXPECT_EQ(written.at("exclude").dump(),
            R"([{"when":{"padding":"dynamic","model.d_ff":"64"},"reason":"too small"}])");
  EXPECT_EQ(written.at("corpus").at("max_source_chars"), 40);
  EXPECT_EQ(written.at("deterministic"), true);
  EXPECT_EQ(written.at("equivalence_margin"), 0.1);
}

TEST(SuiteTest, SaysWhatIsWrongWithAFile) {
  const std::string folder = testing::TemporaryFolder();
  EXPECT_THROW(LoadSuite(folder), Error);
  EXPECT_THROW(LoadSuite(folder + "/absent.json"), Error);
  EXPECT_THROW(LoadSuite("/dev/null"), Error);
}

TEST(SuiteTest, ReadsTheShippedSuites) {
  for (const char* name : {"smoke", "quick", "full"}) {
    const Suite suite = LoadSuite(std::string(ABLATE_SOURCE_DIR) + "/suites/" + name + ".json");
    EXPECT_EQ(suite.name, name);
  }
}

}  // namespace
}  // namespace ablate
