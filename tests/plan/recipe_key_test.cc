#include "harness/plan/recipe_key.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "harness/plan/claims.h"
#include "tests/plan/suite_text.h"

namespace ablate {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;

uint64_t KeyOf(const Recipe& recipe) { return RecipeKey(recipe, 30, {}); }

TEST(RecipeKeyTest, DiffersWithEverySlot) {
  const std::function<void(Recipe&)> edits[] = {
      [](Recipe&) {},
      [](Recipe& r) { r.model.dropout = 0.2; },
      [](Recipe& r) { r.model.activation = "gelu"; },
      [](Recipe& r) { r.model.attention_bias = false; },
      [](Recipe& r) { r.model.max_length = 99; },
      [](Recipe& r) { r.sharing.layer_of_depth = {0, 0, 0, 0, 0, 0}; },
      [](Recipe& r) { r.batching.pad_to = Batching::PadTo::kNone; },
      [](Recipe& r) { r.batching.length = 1; },
      [](Recipe& r) { r.precision.tf32 = true; },
      [](Recipe& r) { r.precision.growth_interval = 1; },
      [](Recipe& r) { r.label_smoothing = 0.1; },
      [](Recipe& r) { r.optimizer.rule = Lion{}; },
      [](Recipe& r) { r.optimizer.rule = Adam{.beta1 = 0.8}; },
      [](Recipe& r) { r.optimizer.gradient_clip = 1; },
      [](Recipe& r) { r.schedule = OneCycleSchedule{}; },
      [](Recipe& r) { r.schedule = DecaySchedule{}; },
      [](Recipe& r) { r.micro_batches = 2; },
      [](Recipe& r) { r.checkpointing.every = 1; },
      [](Recipe& r) { r.loading.resident = true; },
      [](Recipe& r) { r.parallelism.timeout_s = 1; },
      [](Recipe& r) { r.averaging.decay = 0.9; },
      [](Recipe& r) { r.kernels = KernelSet::kFused; },
      [](Recipe& r) { r.replicas.count = 2; }};
  std::set<uint64_t> keys;
  for (const auto& edit : edits) {
    Recipe recipe;
    edit(recipe);
    keys.insert(KeyOf(recipe));
  }
  EXPECT_EQ(keys.size(), std::size(edits));
  const std::vector<uint64_t> others = {1};
  EXPECT_NE(RecipeKey({}, 30, others), KeyOf({}));
}

TEST(RecipeKeyTest, IsThatOfTheValuesThatDefaultsStandFor) {
  Recipe recipe;
  recipe.sharing.layer_of_depth = {0, 1, 2, 3, 4, 5};
  EXPECT_EQ(KeyOf(recipe), KeyOf({}));
  Recipe implied, written;
  implied.schedule = OneCycleSchedule{};
  written.schedule =
      OneCycleSchedule{.max_lr = implied.optimizer.learning_rate, .horizon_epochs = 30};
  EXPECT_EQ(KeyOf(implied), KeyOf(written));
}

std::string ClaimsOf(const ordered_json& json) {
  const Suite suite = testing::Parse(json);
  std::string text;
  for (const std::string& claim : UnsupportedClaims(suite, MakePlan(suite))) text += claim + "\n";
  return text;
}

ordered_json SuiteOf(const char* matrix) {
  ordered_json json = testing::SuiteJson();
  json["model"]["layers"] = 4;
  json["target"]["metric"] = "valid_loss";
  json["matrix"] = ordered_json::parse(matrix);
  return json;
}

TEST(SameRecipeTest, IsFoundThroughTechniquesAndDefaults) {
  EXPECT_THAT(ClaimsOf(SuiteOf(R"({"sharing": ["none", {"name": "cycle", "unique": 4}]})")),
              HasSubstr("train the same recipe, so nothing but chance can differ: baseline and "));
  EXPECT_THAT(ClaimsOf(SuiteOf(R"({"sharing": ["none", "cycle",
                  {"name": "cycle", "unique": 2, "label": "two"}]})")),
              HasSubstr("cycle and two"));
  EXPECT_THAT(ClaimsOf(SuiteOf(R"({"schedule": ["constant", "onecycle",
                  {"name": "onecycle", "pct_start": 0.3, "label": "same"}]})")),
              HasSubstr("onecycle and same"));
}

TEST(SameRecipeTest, IsNotFoundWhereSomethingDiffers) {
  for (const char* matrix :
       {R"({"sharing": ["none", "cycle", "universal", "sequence"]})",
        R"({"model.d_ff": [64, 128], "training.learning_rate": [1e-3, 2e-3]})",
        R"({"corpus.split_seed": [0, 1]})", R"({"deterministic": [false, true]})"}) {
    EXPECT_THAT(ClaimsOf(SuiteOf(matrix)), ::testing::Not(HasSubstr("the same recipe"))) << matrix;
  }
}

TEST(SameRecipeTest, NamesTheFirstOfMany) {
  const std::string claims = ClaimsOf(SuiteOf(R"({"model.d_ff": [8, 16, 24, 32, 40, 48],
                  "sharing": ["none", {"name": "cycle", "unique": 4}]})"));
  EXPECT_THAT(claims, HasSubstr("; 2 sets more."));
}

}  // namespace
}  // namespace ablate
