#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "model/error.h"
#include "techniques/parallelism_torch.h"
#include "techniques/pipeline_stages_torch.h"
#include "tests/net/synthetic.h"

namespace ablate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class RankEnvironmentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"}) {
      unsetenv(name);
    }
  }
  void TearDown() override { SetUp(); }

  static void SetAll() {
    setenv("RANK", "5", 1);
    setenv("WORLD_SIZE", "8", 1);
    setenv("LOCAL_RANK", "1", 1);
    setenv("MASTER_ADDR", "node1", 1);
    setenv("MASTER_PORT", "29500", 1);
  }
};

TEST_F(RankEnvironmentTest, NothingSetIsAProcessByItself) {
  EXPECT_EQ(RankEnvironment::Read().world_size, 1);
  EXPECT_EQ(RankEnvironment::Read().rank, 0);
}

TEST_F(RankEnvironmentTest, ReadsTorchrunsVariables) {
  SetAll();
  const RankEnvironment environment = RankEnvironment::Read();
  EXPECT_EQ(environment.rank, 5);
  EXPECT_EQ(environment.world_size, 8);
  EXPECT_EQ(environment.local_rank, 1);
  EXPECT_EQ(environment.master_address, "node1");
  EXPECT_EQ(environment.master_port, 29500);
}

TEST_F(RankEnvironmentTest, NamesTheVariableThatIsMissing) {
  for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}) {
    SetAll();
    unsetenv(name);
    EXPECT_THAT([] { RankEnvironment::Read(); },
                ThrowsMessage<Error>(HasSubstr(std::string("no ") + name)));
  }
}

TEST_F(RankEnvironmentTest, RefusesWhatIsNoNumberOrContradictsAnother) {
  const std::vector<std::pair<const char*, const char*>> bad = {
      {"RANK", "8"},        {"RANK", "-1"},           {"WORLD_SIZE", "two"}, {"LOCAL_RANK", "1.5"},
      {"MASTER_PORT", "0"}, {"MASTER_PORT", "65536"}, {"WORLD_SIZE", "0"}};
  for (const auto& [name, value] : bad) {
    SetAll();
    setenv(name, value, 1);
    EXPECT_THAT([] { RankEnvironment::Read(); },
                ThrowsMessage<Error>(HasSubstr(std::string(name) + "='" + value + "'")));
  }
}

TEST(RanksTest, AProcessByItselfNeedsNobody) {
  Ranks ranks;
  const at::Tensor tensor = at::ones({2});
  ranks.Sum(tensor);
  ranks.Max(tensor);
  ranks.Barrier();
  EXPECT_TRUE(at::equal(tensor, at::ones({2})));
  EXPECT_EQ(ranks.group(), nullptr);
}

TEST(PipelineStagesTest, MakeTheCostliestAsCheapAsCanBe) {
  EXPECT_THAT(CutIntoStages({1, 1, 1, 1}, 2), ElementsAre(0, 2, 4));
  EXPECT_THAT(CutIntoStages({2, 2, 3, 3}, 2), ElementsAre(0, 2, 4));
  EXPECT_THAT(CutIntoStages({1, 1, 1, 9}, 2), ElementsAre(0, 3, 4));
  EXPECT_THAT(CutIntoStages({5, 1, 1, 1, 5}, 3), ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(CutIntoStages({1, 2, 3}, 3), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(CutIntoStages({4, 2}, 1), ElementsAre(0, 2));
}

TEST(PipelineStagesTest, PlaceWhatEachStageUses) {
  Recipe recipe;
  recipe.model = SmallConfig();
  recipe.model.tied_embeddings = true;
  recipe.sharing.layer_of_depth = {0, 0};
  const Transformer model = SmallModel(recipe.model, recipe.sharing.layer_of_depth);
  StageLayout layout = MakeStageLayout(*model, recipe, 2);
  layout.first = {0, 1, 4};  // one encoder layer, then the rest
  const auto placements = PlaceParameters(*model, layout);
  const auto named = model->named_parameters();
  ASSERT_EQ(placements.size(), named.size());
  for (size_t i = 0; i < placements.size(); ++i) {
    const std::string& name = named[i].key();
    if (name == "source_embedding.weight") {
      EXPECT_THAT(placements[i].stages, ElementsAre(0)) << name;
    } else if (name.starts_with("encoder_0.")) {
      EXPECT_THAT(placements[i].stages, ElementsAre(0, 1)) << name;
    } else {
      EXPECT_THAT(placements[i].stages, ElementsAre(1)) << name;
    }
  }
}

}  // namespace
}  // namespace ablate::testing
