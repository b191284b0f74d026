#include "tests/runner/small_suite.h"

#include <fstream>
#include <sstream>

#include "tests/support/process.h"

namespace ablate::testing {
namespace fs = std::filesystem;

std::string SmallSuiteText(const std::string& more) {
  return R"({"schema_version": 1, "name": "small", "device": "cpu",
  "corpus": {"name": "phrasebook", "pairs": 300},
  "model": {"d_model": 32, "layers": 2, "heads": 2, "d_ff": 64},
  "target": {"metric": "train_loss", "value": 1.8, "max_seconds": 60},
  "baseline": {"padding": "static", "schedule": "constant"},
  "matrix": {"padding": ["static", "dynamic"], "schedule": ["constant", "onecycle"]},
  )" + more +
         "}";
}

Suite SmallSuite(const std::string& more) { return ParseSuite(SmallSuiteText(more), "small.json"); }

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteAll(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> LinesOf(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

fs::path FolderWithFakeWorker(const std::string& behaviour) {
  const fs::path folder = TemporaryFolder();
  fs::copy_file(ABLATE_FAKE_WORKER, folder / "ablate-worker");
  WriteAll(folder / "behaviour", behaviour);
  return folder;
}

}  // namespace ablate::testing
