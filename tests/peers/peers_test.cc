// The comparison with other trainers, in small: that it compares like with like.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/process.h"

namespace ablate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::ProcessResult;
using testing::RunProcess;

ProcessResult Compare(std::vector<std::string> arguments) {
  const std::vector<std::string> start = {
      ABLATE_PYTHON, ABLATE_SOURCE_DIR "/tests/peers/compare.py",
      "--binaries",  ABLATE_BINARY_DIR,
      "--size",      "tiny",
      "--rounds",    "1"};
  arguments.insert(arguments.begin(), start.begin(), start.end());
  return RunProcess(arguments, "", {{"ABLATE_CACHE", testing::TemporaryFolder()}});
}

json ReadReport(const std::string& path) {
  std::ifstream file(path);
  return json::parse(file);
}

class PeersTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string path = testing::TemporaryFolder() + "/peers.json";
    result_ = Compare({"--updates", "2", "--peers",
                       "pytorch,ablate_reference,ablate_reference:padding=none", "--output", path});
    ASSERT_EQ(result_.exit_code, 0) << result_.err;
    report_ = ReadReport(path);
    for (const json& peer : report_.at("peers")) peers_[peer.at("name")] = peer;
  }

  static inline ProcessResult result_;
  static inline json report_;
  static inline std::map<std::string, json> peers_;
};

TEST_F(PeersTest, AllTrainOnTheSameTokens) {
  const json& pytorch = peers_.at("pytorch").at("rounds").at(0);
  const json& ablate = peers_.at("ablate_reference").at("rounds").at(0);
  for (const char* count :
       {"source_tokens", "target_tokens", "padded_source_tokens", "padded_target_tokens"}) {
    EXPECT_EQ(pytorch.at(count), ablate.at(count)) << count;
    EXPECT_GT(pytorch.at(count), 0) << count;
  }
  EXPECT_EQ(peers_.at("pytorch").at("parameters"), peers_.at("ablate_reference").at("parameters"));
}

TEST_F(PeersTest, LossesStartAtThatOfChance) {
  const double chance = std::log(report_.at("target_vocabulary").get<double>());
  for (const auto& [name, peer] : peers_) {
    EXPECT_NEAR(peer.at("loss").get<double>(), chance, 0.15 * chance) << name;
  }
}

TEST_F(PeersTest, ModelFlopsAreThoseOfTheTrainer) {
  const double ours = peers_.at("ablate_reference").at("rounds").at(0).at("model_flops");
  EXPECT_NEAR(report_.at("model_flops").get<double>() / ours, 1, 1e-12);
}

TEST_F(PeersTest, SharesAreOfTheRateOfTheSameRound) {
  for (const auto& [name, peer] : peers_) {
    const double flops_per_s = report_.at("model_flops").get<double>() /
                               peer.at("rounds").at(0).at("seconds").get<double>();
    const json& rates = report_.at("matrix_flops_per_s");
    for (const auto& [share, rate] : {std::pair{"model_flops_share", "fp32"},
                                      {"model_flops_share_of_best_call", "fp32_best"}}) {
      EXPECT_NEAR(peer.at(share).at("median").get<double>() *
                      rates.at(rate).at("median").get<double>() / flops_per_s,
                  1, 1e-12)
          << name << " " << share;
    }
    EXPECT_LE(rates.at("fp32").at("median"), rates.at("fp32_best").at("median"));
  }
}

TEST_F(PeersTest, RatiosAreOfTheSameRound) {
  const auto rate = [](const json& peer) {
    const json& round = peer.at("rounds").at(0);
    return round.at("target_tokens").get<double>() / round.at("seconds").get<double>();
  };
  EXPECT_DOUBLE_EQ(peers_.at("ablate_reference").at("over_pytorch").at("median").get<double>(),
                   rate(peers_.at("ablate_reference")) / rate(peers_.at("pytorch")));
  EXPECT_TRUE(peers_.at("ablate_reference").at("over_best_other").is_null());
}

TEST_F(PeersTest, APeerThatCannotStartIsLeftOutAndSaid) {
  EXPECT_FALSE(peers_.contains("ablate_reference:padding=none"));
  EXPECT_THAT(report_.at("left_out").at("ablate_reference:padding=none"),
              HasSubstr("'none' is no level"));
  EXPECT_THAT(result_.out, HasSubstr("Left out: ablate_reference:padding=none"));
}

TEST(PeersUsageTest, EachRoundShufflesTheSameSentencesAnew) {
  const std::string path = testing::TemporaryFolder() + "/batches.json";
  const ProcessResult result =
      RunProcess({ABLATE_BINARY_DIR "/ablate-export-batches", "--output", path, "--pairs", "500",
                  "--batch-size", "8", "--pool-batches", "4", "--batches", "4", "--rounds", "3"},
                 "", {{"ABLATE_CACHE", testing::TemporaryFolder()}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  using Batches = std::vector<std::vector<int64_t>>;
  const auto batches = ReadReport(path).at("batches").get<std::map<std::string, Batches>>();
  EXPECT_EQ(batches.at("bucketed").size(), 4u);
  const Batches& shuffled = batches.at("shuffled");
  ASSERT_EQ(shuffled.size(), 12u);
  const auto sentences = [&](size_t first) {
    std::multiset<int64_t> all;
    for (size_t i = first; i < first + 4; ++i) all.insert(shuffled[i].begin(), shuffled[i].end());
    return all;
  };
  EXPECT_EQ(sentences(0), sentences(4));
  EXPECT_EQ(sentences(0), sentences(8));
  EXPECT_NE(shuffled[0], shuffled[4]);
}

TEST(PeersUsageTest, AnUnknownPeerIsRefusedWithThoseThatThereAre) {
  const ProcessResult result = Compare({"--peers", "abacus"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("no 'abacus'; there are pytorch"));
}

}  // namespace
}  // namespace ablate
