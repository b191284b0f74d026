#include "harness/plan/settings.h"

#include <gmock/gmock.h>

#include "harness/plan/settings_fields.h"
#include "model/error.h"
#include "tests/plan/suite_text.h"

namespace ablate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

Settings SmallSettings() { return testing::Parse(testing::SuiteText()).base; }

// A value that the rule allows and that is not `other`.
json Another(const ValueRule& rule, const json& other) {
  switch (rule.type) {
    case ValueRule::Type::kBoolean:
      return !other.get<bool>();
    case ValueRule::Type::kChoice:
      return other == rule.choices.front() ? rule.choices.back() : rule.choices.front();
    case ValueRule::Type::kText:
      return "another";
    case ValueRule::Type::kInteger:
      return other == 7 ? 8 : 7;
    case ValueRule::Type::kNumber:
      break;
  }
  return 0.625;
}

std::string Refusal(const json& settings) {
  try {
    SettingsFromJson(settings);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(SettingsTest, ComeBackFromJson) {
  const Settings settings = SmallSettings();
  EXPECT_EQ(ToJson(SettingsFromJson(ToJson(settings))), ToJson(settings));
}

TEST(SettingsTest, KeepEveryFieldWhateverItsValue) {
  for (const Section& section : SettingsSections()) {
    for (const Field& field : section.fields) {
      Settings settings = SmallSettings();
      if (!field.only_for.empty()) section.fields.front().set(settings, field.only_for);
      for (const Field& needed : section.fields)
        if (needed.required && Belongs(section, needed, settings) && &needed != &field &&
            !needed.only_for.empty())
          needed.set(settings, "file");
      if (field.name == section.selector) {
        field.set(settings, field.rule.choices.at(1));
      } else {
        field.set(settings, Another(field.rule, field.get(settings)));
      }
      const json written = ToJson(settings);
      EXPECT_NE(written, ToJson(SmallSettings())) << PathOf(section, field);
      EXPECT_EQ(ToJson(SettingsFromJson(written)), written) << PathOf(section, field);
    }
  }
}

TEST(SettingsTest, NameWhatIsUnknown) {
  json settings = ToJson(SmallSettings());
  settings["model"]["d_fff"] = 12;
  EXPECT_THAT(Refusal(settings), HasSubstr("settings: model.d_fff: unknown key 'd_fff'"));
  EXPECT_THAT(Refusal(settings), HasSubstr("did you mean 'd_ff'?"));
  settings = ToJson(SmallSettings());
  settings["techniques"]["padding"]["length"] = 2;
  EXPECT_THAT(Refusal(settings), HasSubstr("techniques.padding.length: expected an integer"));
  settings = ToJson(SmallSettings());
  settings["techniques"]["dropout"] = "x";
  EXPECT_THAT(Refusal(settings), HasSubstr("unknown technique 'dropout'"));
  settings = ToJson(SmallSettings());
  settings.erase("corpus");
  EXPECT_THAT(Refusal(settings), HasSubstr("needs the key 'corpus'"));
  EXPECT_THAT(Refusal("text"), HasSubstr("expected an object"));
}

TEST(SettingsTest, HoldEveryTechnique) {
  const json techniques = SmallSettings().techniques;
  for (const Technique* technique : AllTechniques())
    EXPECT_EQ(techniques.at(std::string(technique->name())).at("name"),
              technique->levels().front().name);
}

TEST(RecipeTest, TakesTheSettingsValues) {
  Settings settings = SmallSettings();
  settings.training = {.batch_size = 48,
                       .label_smoothing = 0.2,
                       .learning_rate = 3e-4,
                       .gradient_clip = 2,
                       .weight_decay = 0.01};
  const Recipe recipe = MakeRecipe(settings);
  EXPECT_EQ(recipe.model.d_model, 64);
  EXPECT_EQ(recipe.batching.batch_size, 48);
  EXPECT_EQ(recipe.label_smoothing, 0.2);
  EXPECT_EQ(recipe.optimizer.learning_rate, 3e-4);
  EXPECT_EQ(recipe.optimizer.gradient_clip, 2);
  EXPECT_EQ(recipe.optimizer.weight_decay, 0.01);
}

TEST(RecipeTest, IsEditedByTheTechniques) {
  Settings settings = SmallSettings();
  settings.techniques["padding"] = {{"name", "bucketed"}, {"pool_batches", 9}};
  settings.techniques["precision"] = {{"name", "amp"}, {"dtype", "bf16"}};
  const Recipe recipe = MakeRecipe(settings);
  EXPECT_EQ(recipe.batching.order, Batching::Order::kLengthPools);
  EXPECT_EQ(recipe.batching.pool_batches, 9);
  EXPECT_EQ(recipe.precision.autocast, Precision::Autocast::kBFloat16);
}

TEST(RecipeTest, NamesTheTechniqueThatContradictsTheModel) {
  Settings settings = SmallSettings();
  settings.techniques["sharing"] = {{"name", "cycle"}, {"unique", 5}};
  try {
    MakeRecipe(settings);
    FAIL() << "2 layers cannot have 5 parameter sets";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith("sharing: unique is 5"));
  }
}

}  // namespace
}  // namespace ablate
