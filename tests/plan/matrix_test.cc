#include "harness/plan/matrix.h"

#include <gmock/gmock.h>

#include "techniques/technique.h"
#include "tests/plan/suite_text.h"

namespace ablate {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;
using testing::Parse;
using testing::Patched;
using testing::Refusal;

ordered_json WithMatrix(const char* matrix, const char* more = "{}") {
  ordered_json json = testing::SuiteJson();
  json["matrix"] = ordered_json::parse(matrix);
  json.merge_patch(ordered_json::parse(more));
  return json;
}

std::string BaselineLabel(const Suite& suite, size_t factor) {
  return suite.factors[factor].levels[suite.factors[factor].baseline].label;
}

TEST(MatrixTest, KeepsTheOrderOfTheFile) {
  const Suite suite = Parse(WithMatrix(
      R"({"schedule": ["constant"], "model.d_ff": [64, 32], "padding": ["dynamic", "static"]})"));
  ASSERT_EQ(suite.factors.size(), 3u);
  EXPECT_EQ(suite.factors[0].name, "schedule");
  EXPECT_EQ(suite.factors[1].name, "model.d_ff");
  EXPECT_EQ(suite.factors[1].levels[0].label, "64");
  EXPECT_FALSE(suite.factors[1].is_technique);
  EXPECT_EQ(suite.factors[2].levels[0].label, "dynamic");
}

TEST(MatrixTest, ChoosesBaselines) {
  const Suite suite = Parse(WithMatrix(R"({"padding": ["dynamic", "static"],
      "model.d_ff": [64, 128], "model.d_model": [32, 16], "deterministic": [true, false]})"));
  EXPECT_EQ(BaselineLabel(suite, 0), "dynamic") << "a technique's first";
  EXPECT_EQ(BaselineLabel(suite, 1), "128") << "the setting of the suite";
  EXPECT_EQ(BaselineLabel(suite, 2), "32") << "the first, where the suite's is not listed";
  EXPECT_EQ(BaselineLabel(suite, 3), "false");
}

TEST(MatrixTest, TakesTheBaselineThatIsNamed) {
  const Suite suite = Parse(WithMatrix(
      R"({"padding": ["dynamic", "static"], "model.d_ff": [64, 128],
          "schedule": ["constant", {"name": "onecycle", "pct_start": 0.1}]})",
      R"({"baseline": {"padding": "static", "model.d_ff": 64.0, "sharing": "universal",
          "schedule": {"name": "onecycle", "pct_start": 0.1}}})"));
  EXPECT_EQ(BaselineLabel(suite, 0), "static");
  EXPECT_EQ(BaselineLabel(suite, 1), "64");
  EXPECT_EQ(BaselineLabel(suite, 2), "onecycle");
  EXPECT_EQ(suite.base.techniques.at("padding").at("name"), "static");
  EXPECT_EQ(suite.base.techniques.at("schedule").at("pct_start"), 0.1);
  EXPECT_EQ(suite.base.techniques.at("sharing").at("name"), "universal") << "no factor";
}

TEST(MatrixTest, RefusesABaselineThatIsNoLevel) {
  const auto refusal = [](const char* baseline) {
    ordered_json json = testing::SuiteJson();
    json["baseline"] = ordered_json::parse(baseline);
    return Refusal(json);
  };
  EXPECT_THAT(refusal(R"({"padding": "bucketed"})"),
              HasSubstr("baseline.padding: not among the levels of matrix.padding: 'bucketed'; "
                        "allowed: static, dynamic"));
  EXPECT_THAT(refusal(R"({"schedule": {"name": "onecycle"}})"),
              HasSubstr("baseline.schedule: not among the levels of matrix.schedule"));
  EXPECT_THAT(refusal(R"({"sharing": "cicle"})"), HasSubstr("did you mean 'cycle'?"));
  EXPECT_THAT(refusal(R"({"model.d_ff": 128})"), HasSubstr("unknown factor 'model.d_ff'"));
  EXPECT_THAT(refusal(R"({"padding": 1})"), HasSubstr("baseline.padding"));
  EXPECT_THAT(refusal("[]"), HasSubstr("baseline: expected an object"));
  EXPECT_THAT(
      Refusal(WithMatrix(R"({"model.d_ff": [64, 128]})", R"({"baseline": {"model.d_ff": 32}})")),
      HasSubstr("baseline['model.d_ff']: not among the levels of matrix.model.d_ff: 64, "
                "128"));
}

TEST(MatrixTest, TellsLevelsOfOneNameApartByLabel) {
  const Suite suite = Parse(WithMatrix(R"({"schedule": [
      {"name": "onecycle", "pct_start": 0.1, "label": "early"},
      {"name": "onecycle", "pct_start": 0.4, "label": "late"}]})"));
  EXPECT_EQ(suite.factors[0].levels[0].label, "early");
  EXPECT_FALSE(suite.factors[0].levels[0].value.contains("label"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"schedule": [
                  {"name": "onecycle", "pct_start": 0.1}, {"name": "onecycle"}]})")),
              HasSubstr("matrix.schedule[1]: a second level 'onecycle'; tell them apart by"));
}

TEST(MatrixTest, RefusesLevelsThatStandTwice) {
  EXPECT_THAT(Refusal(WithMatrix(R"({"padding": ["static", "static"]})")),
              HasSubstr("matrix.padding[1]: the level 'static' stands here twice"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"padding": ["static", {"name": "static", "label": "x"}]})")),
              HasSubstr("stands here twice"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"model.d_ff": [64, 64.0]})")),
              HasSubstr("matrix['model.d_ff'][1]: the level '64' stands here twice"));
}

TEST(MatrixTest, RefusesEmptyOnes) {
  EXPECT_THAT(Refusal(WithMatrix("{}")),
              HasSubstr("matrix: expected an object with at least one key, found an empty object"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"padding": []})")),
              HasSubstr("matrix.padding: expected an array with at least one element"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"padding": "static"})")),
              HasSubstr("found the string 'static'"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"padding": [3]})")),
              HasSubstr("matrix.padding[0]: expected a level of padding (static, dynamic, "));
  EXPECT_THAT(Refusal(WithMatrix(R"({"padding": [{"length": 3}]})")),
              HasSubstr("matrix.padding[0]: needs the key 'name'"));
}

TEST(MatrixTest, RefusesLabelsThatWouldBreakNamesOfCells) {
  for (const char* label : {"", "a b", "a,b", "a=b", "a\nb"}) {
    ordered_json json = WithMatrix(R"({"padding": [{"name": "static"}]})");
    json["matrix"]["padding"][0]["label"] = label;
    EXPECT_THAT(Refusal(json), HasSubstr("matrix.padding[0].label")) << label;
  }
}

TEST(MatrixTest, SaysWhyAPathIsNoFactor) {
  const auto refusal = [](const std::string& path) {
    return Refusal(WithMatrix(("{\"" + path + "\": [1, 2]}").c_str()));
  };
  EXPECT_THAT(refusal("target.value"), HasSubstr("'target.value' cannot be a factor: the target"));
  EXPECT_THAT(refusal("target"), HasSubstr("cannot be a factor"));
  EXPECT_THAT(refusal("quality.max_sentences"), HasSubstr("it changes nothing that is trained"));
  for (const char* path : {"name", "device", "seeds"})
    EXPECT_THAT(refusal(path), HasSubstr("cannot be a factor: it is one for the whole suite"));
  EXPECT_THAT(refusal("schedule.pct_start"), HasSubstr("give a technique's options at its levels"));
  EXPECT_THAT(refusal("d_ff"), HasSubstr("unknown factor 'd_ff'; allowed: padding, "));
  EXPECT_THAT(refusal("d_ff"), HasSubstr("did you mean 'model.d_ff'?"));
  EXPECT_THAT(refusal("paddin"), HasSubstr("did you mean 'padding'?"));
}

TEST(MatrixTest, ChecksLevelsOfSettings) {
  EXPECT_THAT(Refusal(WithMatrix(R"({"model.d_ff": [64, 0]})")),
              HasSubstr("matrix['model.d_ff'][1]: expected an integer from 1"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"model.activation": ["relu", "gelo"]})")),
              HasSubstr("did you mean 'gelu'?"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"model.d_ff": [{"name": 64}]})")),
              HasSubstr("found an object"));
}

TEST(MatrixTest, ComparesByValidLossWhatChangesTheTrainLoss) {
  for (const char* matrix :
       {R"({"model.dropout": [0, 0.1]})", R"({"training.label_smoothing": [0, 0.1]})",
        R"({"vocabulary.size": [1000, 2000]})", R"({"corpus.split_seed": [0, 1]})"}) {
    EXPECT_THAT(Refusal(WithMatrix(matrix)), HasSubstr("set target.metric to 'valid_loss'"));
    EXPECT_EQ(Refusal(WithMatrix(matrix, R"({"target": {"metric": "valid_loss"}})")), "");
  }
}

TEST(MatrixTest, ComparesByValidLossWhatTheTrainLossDoesNotShow) {
  size_t found = 0;
  for (const Technique* technique : AllTechniques()) {
    if (!technique->needs_valid_loss()) continue;
    ++found;
    const std::string name(technique->name());
    const std::string matrix =
        ordered_json{{name, {technique->levels()[0].name, technique->levels()[1].name}}}.dump();
    EXPECT_THAT(
        Refusal(WithMatrix(matrix.c_str())),
        HasSubstr("matrix." + name + ": train_loss does not show what this technique does"));
    EXPECT_EQ(Refusal(WithMatrix(matrix.c_str(), R"({"target": {"metric": "valid_loss"}})")), "");
  }
  EXPECT_GE(found, 1u);  // ema
}

TEST(MatrixTest, RefusesASettingOfAnotherCorpus) {
  const char* valid_loss = R"({"target": {"metric": "valid_loss"}})";
  EXPECT_THAT(Refusal(WithMatrix(R"({"corpus.path": ["a", "b"]})", valid_loss)),
              HasSubstr("belongs to corpus.name 'tsv' alone"));
  EXPECT_THAT(Refusal(WithMatrix(R"({"corpus.name": ["phrasebook", "tsv"]})", valid_loss)),
              HasSubstr("in the cell corpus.name=tsv: needs corpus.path"));
}

TEST(MatrixTest, HoldsExclusionsToTheFactors) {
  const auto refusal = [](const char* exclude) {
    ordered_json json = testing::SuiteJson();
    json["exclude"] = ordered_json::parse(exclude);
    return Refusal(json);
  };
  EXPECT_EQ(refusal("[]"), "");
  EXPECT_EQ(refusal(R"([{"when": {"padding": "dynamic"}, "reason": "r"}])"), "");
  EXPECT_THAT(refusal(R"([{"when": {"pading": "dynamic"}, "reason": "r"}])"),
              HasSubstr("exclude[0].when.pading: unknown factor 'pading'; allowed: padding, "
                        "schedule; did you mean 'padding'?"));
  EXPECT_THAT(refusal(R"([{"when": {"padding": "bucketed"}, "reason": "r"}])"),
              HasSubstr("exclude[0].when.padding: not among the levels"));
  EXPECT_THAT(refusal(R"([{"when": {}, "reason": "r"}])"), HasSubstr("exclude[0].when"));
  EXPECT_THAT(refusal(R"([{"when": {"padding": "dynamic"}}])"),
              HasSubstr("needs the key 'reason'"));
  EXPECT_THAT(refusal(R"([{"when": {"padding": "dynamic"}, "reason": ""}])"), HasSubstr("reason"));
  EXPECT_THAT(refusal(R"([{"when": {"padding": "static"}, "reason": "r"}])"),
              HasSubstr("exclude[0]: this excludes the baseline"));
}

}  // namespace
}  // namespace ablate
