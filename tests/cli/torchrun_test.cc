// The worker, started as torchrun and Slurm start it: several processes that train one run.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/plan/plan.h"
#include "harness/run/runner.h"
#include "harness/run/worker_protocol.h"
#include "model/data/encoded_corpus.h"
#include "model/data/prepare.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuite = R"({
  "schema_version": 1, "name": "two", "device": "cpu",
  "corpus": {"name": "phrasebook", "pairs": 300},
  "model": {"d_model": 32, "layers": 1, "heads": 2, "d_ff": 64},
  "target": {"metric": "train_loss", "value": 0.1, "max_epochs": 2},
  "quality": {"max_sentences": 2},
  "seeds": [1],
  "matrix": {"parallelism": [{"name": "data", "processes": 2}]}
})";

TEST(TorchrunTest, TrainsARunOnTwoProcesses) {
  const fs::path torchrun = fs::path(ABLATE_PYTHON).parent_path() / "torchrun";
  if (!fs::exists(torchrun)) GTEST_SKIP() << "no torchrun beside " << ABLATE_PYTHON;
  const fs::path folder = testing::TemporaryFolder();
  const Plan plan = MakePlan(ParseSuite(kSuite, "two.json"));
  const Cell& cell = plan.cells.at(0);
  ASSERT_EQ(cell.processes, 2);
  const WorkerConfig config = {
      .identity = Identity("two", cell, plan.runs.at(0)),
      .settings = cell.settings(),
      .device = "cpu",
      .encoded_corpus =
          PrepareEncodedCorpus(cell.settings().corpus, cell.settings().vocabulary, folder, folder)
              .path,
      .run_dir = folder,
      .matrix_flops_per_s = nlohmann::json::object()};
  testing::WriteAll(folder / "config.json", ToJson(config).dump());

  const testing::ProcessResult result = testing::RunProcess(
      {torchrun.string(), "--standalone", "--nproc-per-node", "2", "--no-python", ABLATE_WORKER,
       "--config", (folder / "config.json").string()});

  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  const Record record =
      RecordFromJson(nlohmann::json::parse(testing::ReadAll(folder / "run.json")));
  EXPECT_EQ(record.processes, 2);
  EXPECT_EQ(record.status, Status::kNotReached) << record.reason;
  // Two epochs, each of which every pair is in once: what both processes trained on, together.
  const EncodedCorpus corpus = EncodedCorpus::Map(config.encoded_corpus);
  EXPECT_EQ(record.examples, 2 * corpus.train().size());
  EXPECT_FALSE(fs::exists(folder / "rank-1.json"));
}

}  // namespace
}  // namespace ablate
