#include "model/net/transformer_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "model/error.h"

namespace ablate {
namespace {

// What Check says of the default dimensions after `edit`; empty where it accepts them.
std::string Complaint(const std::function<void(TransformerConfig&)>& edit) {
  TransformerConfig config;
  edit(config);
  try {
    Check(config);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TransformerConfigTest, AcceptsTheDefaults) {
  EXPECT_EQ(Complaint([](TransformerConfig&) {}), "");
}

TEST(TransformerConfigTest, NamesBothFieldsWhereHeadsDoNotDivideTheModel) {
  EXPECT_EQ(Complaint([](TransformerConfig& c) { c.d_model = 65, c.heads = 2; }),
            "model.d_model: 65 is not divisible by model.heads: 2");
}

TEST(TransformerConfigTest, RefusesDimensionsThatAreNotPositive) {
  using ::testing::StartsWith;
  EXPECT_THAT(Complaint([](TransformerConfig& c) { c.d_model = 0; }), StartsWith("model.d_model:"));
  EXPECT_THAT(Complaint([](TransformerConfig& c) { c.layers = -1; }), StartsWith("model.layers:"));
  EXPECT_THAT(Complaint([](TransformerConfig& c) { c.heads = 0; }), StartsWith("model.heads:"));
  EXPECT_THAT(Complaint([](TransformerConfig& c) { c.d_ff = 0; }), StartsWith("model.d_ff:"));
  EXPECT_THAT(Complaint([](TransformerConfig& c) { c.max_length = 0; }),
              StartsWith("model.max_length:"));
}

TEST(TransformerConfigTest, RefusesDropoutThatIsNoProbability) {
  using ::testing::StartsWith;
  for (const double dropout : {-0.1, 1.0, std::nan("")}) {
    EXPECT_THAT(Complaint([&](TransformerConfig& c) { c.dropout = dropout; }),
                StartsWith("model.dropout:"));
  }
}

TEST(TransformerConfigTest, RefusesAnUnknownActivation) {
  EXPECT_EQ(Complaint([](TransformerConfig& c) { c.activation = "silu"; }),
            "model.activation: \"silu\" is none of \"relu\", \"gelu\", \"swiglu\"");
}

TEST(TransformerConfigTest, RefusesAnUnknownNorm) {
  EXPECT_EQ(Complaint([](TransformerConfig& c) { c.norm = "none"; }),
            "model.norm: \"none\" is none of \"pre\", \"post\"");
}

TEST(TransformerConfigTest, SwigluHasTwoThirdsOfTheHiddenUnits) {
  const auto units = [](const std::string& activation, int64_t d_ff) {
    TransformerConfig config;
    config.activation = activation;
    config.d_ff = d_ff;
    return HiddenUnits(config);
  };
  EXPECT_EQ(units("relu", 2048), 2048);
  EXPECT_EQ(units("gelu", 512), 512);
  EXPECT_EQ(units("swiglu", 2048), 1365);
  EXPECT_EQ(units("swiglu", 512), 341);
  EXPECT_EQ(units("swiglu", 3), 2);
  EXPECT_EQ(units("swiglu", 1), 1);
}

}  // namespace
}  // namespace ablate
