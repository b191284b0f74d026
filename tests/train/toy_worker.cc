#include "tests/train/toy_worker.h"

#include <fstream>
#include <sstream>

#include "tests/train/toy_corpus.h"

namespace ablate::testing {
namespace {

namespace fs = std::filesystem;

Record Identity() {
  Record identity;
  identity.suite = "toy";
  identity.cell = "padding=static";
  identity.factors = {{"padding", "static"}};
  identity.seed = 5;
  identity.cell_id = "0123456789ab";
  identity.run_id = "0123456789ab-s5";
  identity.environment = "e";
  return identity;
}

}  // namespace

std::string WorkerExecutable() { return std::string(ABLATE_BINARY_DIR) + "/ablate-worker"; }

WorkerConfig ToyWorkerConfig() {
  static const fs::path corpus = WriteToyCorpus(200);
  WorkerConfig config;
  config.identity = Identity();
  config.settings.corpus.name = "phrasebook";
  config.settings.model = {.d_model = 16, .layers = 2, .heads = 2, .d_ff = 32, .max_length = 64};
  config.settings.training.batch_size = 20;
  config.settings.training.learning_rate = 3e-3;
  config.settings.target = {.value = 2.6, .max_epochs = 30, .window_examples = 100};
  config.settings.quality.max_sentences = 12;
  config.settings.techniques = {{"padding", {{"name", "static"}}},
                                {"precision", {{"name", "fp32"}}},
                                {"sharing", {{"name", "none"}}},
                                {"schedule", {{"name", "constant"}}}};
  config.device = "cpu";
  config.threads = 1;
  config.encoded_corpus = corpus;
  config.run_dir = TemporaryFolder();
  config.matrix_flops_per_s = {{"fp32", 1e11}};
  return config;
}

ProcessResult RunToyWorker(const WorkerConfig& config, std::vector<std::string> argv) {
  const fs::path file = fs::path(TemporaryFolder()) / "config";
  std::ofstream(file) << ToJson(config);
  argv.insert(argv.end(), {WorkerExecutable(), "--config", file.string()});
  // Threads that wait for each other do not spin: tests share their processors.
  return RunProcess(argv, "", {{"ABLATE_PROGRESS_FD", "2"}, {"GOMP_SPINCOUNT", "0"}});
}

std::string FileText(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

nlohmann::json RunJson(const WorkerConfig& config) {
  return nlohmann::json::parse(FileText(config.run_dir / "run.json"));
}

}  // namespace ablate::testing
