#include "tests/data/corpus_server.h"

#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/data/corpus_files.h"
#include "tests/support/process.h"

namespace ablate::testing {

CorpusServer::CorpusServer()
    : folder_(TemporaryFolder()), log_(std::filesystem::path(TemporaryFolder()) / "requests") {
  setenv("no_proxy", "127.0.0.1", 1);
  const std::string script = std::string(ABLATE_SOURCE_DIR) + "/tests/data/corpus_server.py";
  const std::string command = "exec '" ABLATE_PYTHON "' '" + script + "' '" + folder_.string() +
                              "' '" + log_.string() + "'";
  output_ = popen(command.c_str(), "re");
  if (output_ == nullptr || fscanf(output_, "%d %d", &port_, &process_) != 2) {
    throw std::runtime_error("the server did not start: " + command);
  }
}

CorpusServer::~CorpusServer() {
  kill(process_, SIGTERM);
  pclose(output_);
}

void CorpusServer::Serve(const std::string& name, const std::string& content) const {
  WriteFile(folder_ / name, content);
}

std::string CorpusServer::Url(const std::string& manner, const std::string& name) const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/" + manner + "/" + name;
}

std::vector<std::string> CorpusServer::Requests() const {
  std::vector<std::string> lines;
  std::ifstream file(log_);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace ablate::testing
