#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "techniques/technique.h"

namespace ablate {
namespace {

std::string Cards() {
  std::ifstream file(ABLATE_SOURCE_DIR "/techniques/README.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(TableTest, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const Technique* technique : AllTechniques()) {
    EXPECT_TRUE(names.insert(technique->name()).second) << technique->name();
    EXPECT_EQ(FindTechnique(technique->name()), technique);
  }
  EXPECT_EQ(FindTechnique("paddding"), nullptr);
}

TEST(TableTest, EveryLevelAppliesWithoutOptions) {
  for (const Technique* technique : AllTechniques()) {
    for (const Level& level : technique->levels()) {
      Recipe recipe;
      EXPECT_NO_THROW(technique->Apply(level.name, nlohmann::json::object(), recipe)) << level.name;
      EXPECT_EQ(FindLevel(*technique, level.name), &level);
    }
  }
}

TEST(TableTest, EveryTechniqueHasAFilePairOfItsName) {
  for (const Technique* technique : AllTechniques()) {
    const std::filesystem::path stem =
        std::filesystem::path(ABLATE_SOURCE_DIR "/techniques") / technique->name();
    EXPECT_TRUE(std::filesystem::exists(stem.string() + ".h")) << stem;
    EXPECT_TRUE(std::filesystem::exists(stem.string() + ".cc")) << stem;
  }
}

TEST(TableTest, EveryLevelAndOptionStandsOnItsCard) {
  const std::string cards = Cards();
  for (const Technique* technique : AllTechniques()) {
    EXPECT_THAT(cards, ::testing::HasSubstr("## " + std::string(technique->name()) + "\n"));
    for (const Level& level : technique->levels()) {
      EXPECT_THAT(cards, ::testing::HasSubstr("`" + level.name + "`"));
      for (const Option& option : level.options) {
        EXPECT_THAT(cards, ::testing::HasSubstr("`" + option.name + "`")) << level.name;
      }
    }
  }
}

}  // namespace
}  // namespace ablate
