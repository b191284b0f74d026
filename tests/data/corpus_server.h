// The web server of corpus_server.py, for as long as the object lives.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace ablate::testing {

class CorpusServer {
 public:
  CorpusServer();
  CorpusServer(const CorpusServer&) = delete;
  CorpusServer& operator=(const CorpusServer&) = delete;
  ~CorpusServer();

  // Sets what is served as `name`.
  void Serve(const std::string& name, const std::string& content) const;
  // `manner` is one of those that corpus_server.py lists.
  std::string Url(const std::string& manner, const std::string& name = "") const;
  // The requests so far: "/plain/a bytes=5- 206".
  std::vector<std::string> Requests() const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path log_;
  FILE* output_ = nullptr;
  int port_ = 0;
  pid_t process_ = 0;
};

}  // namespace ablate::testing
