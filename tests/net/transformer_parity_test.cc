// Logits, loss and every gradient against the plain PyTorch model of transformer.py.
#include <gtest/gtest.h>
#include <torch/serialize.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/net/loss.h"
#include "model/net/transformer.h"
#include "tests/net/synthetic.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using testing::SyntheticBatch;
using testing::TensorBatch;

constexpr double kTolerance = 1e-5;

struct Case {
  std::string name;
  TransformerConfig config = testing::SmallConfig();
  std::vector<int64_t> layer_of_depth;
  bool padded = true;
  double label_smoothing = 0.1;
};

Case With(const std::string& name, const std::function<void(Case&)>& edit) {
  Case result{.name = name, .layer_of_depth = {}};
  edit(result);
  return result;
}

std::vector<Case> Cases() {
  return {
      With("padded", [](Case&) {}),
      With("unpadded", [](Case& c) { c.padded = false; }),
      With("gelu", [](Case& c) { c.config.activation = "gelu"; }),
      With("swiglu", [](Case& c) { c.config.activation = "swiglu"; }),
      With("post_norm", [](Case& c) { c.config.norm = "post"; }),
      With("tied", [](Case& c) { c.config.tied_embeddings = true; }),
      With("no_attention_bias", [](Case& c) { c.config.attention_bias = false; }),
      With("no_label_smoothing", [](Case& c) { c.label_smoothing = 0; }),
      With("odd_d_model", [](Case& c) { c.config.d_model = 33, c.config.heads = 3; }),
      With("cycle",
           [](Case& c) {
             c.config.layers = 4, c.layer_of_depth = {0, 1, 0, 1};
           }),
      With("all_unpadded",
           [](Case& c) {
             c.padded = false;
             c.config.activation = "gelu";
             c.config.tied_embeddings = true;
             c.config.attention_bias = false;
             c.config.layers = 3;
             c.layer_of_depth = {0, 1, 0};
           }),
      With("swiglu_post_norm_tied",
           [](Case& c) {
             c.config.activation = "swiglu";
             c.config.norm = "post";
             c.config.tied_embeddings = true;
             c.config.d_ff = 47;
           }),
      With("swiglu_post_norm_cycle_rev",
           [](Case& c) {
             c.config.activation = "swiglu";
             c.config.norm = "post";
             c.config.layers = 4, c.layer_of_depth = {0, 1, 1, 0};
           }),
  };
}

std::string ConfigJson(const Case& c) {
  return nlohmann::json{{"d_model", c.config.d_model},
                        {"layers", c.config.layers},
                        {"heads", c.config.heads},
                        {"d_ff", c.config.d_ff},
                        {"activation", c.config.activation},
                        {"norm", c.config.norm},
                        {"tied_embeddings", c.config.tied_embeddings},
                        {"attention_bias", c.config.attention_bias},
                        {"layer_of_depth", c.layer_of_depth},
                        {"label_smoothing", c.label_smoothing},
                        {"source_vocabulary", testing::kSourceVocabulary},
                        {"target_vocabulary", testing::kTargetVocabulary}}
      .dump();
}

using TensorDict = c10::Dict<std::string, at::Tensor>;

// One update without its step: all that the two models are to agree on, saved for Python.
int64_t SaveUpdate(const Case& c, const std::string& path) {
  Transformer model = testing::SmallModel(c.config, c.layer_of_depth);
  const TensorBatch batch = SyntheticBatch(c.padded);
  const auto source = PaddedLayout(batch.source, c.padded);
  const auto target = PaddedLayout(batch.target_out, false);
  const auto memory = model->Encode(batch.source, source);
  const auto logits = model->Logits(model->Decode(batch.target_in, target, memory, source));
  const TokenLoss loss =
      CrossEntropy(logits, batch.target_out, {.label_smoothing = c.label_smoothing});
  (loss.sum / loss.count).backward();

  TensorDict weights, gradients;
  for (const auto& parameter : model->named_parameters()) {
    weights.insert(parameter.key(), parameter.value().detach());
    gradients.insert(parameter.key(), parameter.value().grad());
  }
  c10::impl::GenericDict saved(c10::StringType::get(), c10::AnyType::get());
  saved.insert("config", ConfigJson(c));
  saved.insert("weights", weights);
  saved.insert("gradients", gradients);
  saved.insert("source", batch.source);
  saved.insert("target_in", batch.target_in);
  saved.insert("target_out", batch.target_out);
  saved.insert("logits", logits.detach());
  saved.insert("loss", loss.sum.detach());
  const auto bytes = torch::pickle_save(saved);
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return static_cast<int64_t>(gradients.size());
}

TEST(TransformerParityTest, LogitsLossAndEveryGradientAreThoseOfPlainPyTorch) {
  const std::string folder = testing::TemporaryFolder();
  std::vector<std::string> arguments = {"parity"};
  std::vector<int64_t> gradients;
  for (const Case& c : Cases()) {
    arguments.push_back(folder + "/" + c.name + ".pt");
    gradients.push_back(SaveUpdate(c, arguments.back()));
  }
  const auto errors =
      nlohmann::json::parse(testing::RunPython("tests/net/transformer.py", arguments));

  ASSERT_EQ(errors.size(), gradients.size());
  for (size_t i = 0; i < errors.size(); ++i) {
    SCOPED_TRACE(Cases()[i].name);
    EXPECT_EQ(static_cast<int64_t>(errors[i].size()), gradients[i] + 2);
    for (const auto& [what, error] : errors[i].items()) {
      ASSERT_TRUE(error.is_number()) << what;
      EXPECT_LT(error.get<double>(), kTolerance) << what;
    }
  }
}

}  // namespace
}  // namespace ablate
