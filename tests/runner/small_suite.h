// A suite of two factors and four cells, and a folder of an executable and of results to run it in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/plan/plan.h"
#include "harness/plan/suite.h"

namespace ablate::testing {

// Cells padding=static|dynamic x schedule=constant|onecycle. `more` goes into the object:
// "\"seeds\": [1, 2]".
std::string SmallSuiteText(const std::string& more = "\"seeds\": [1]");
Suite SmallSuite(const std::string& more = "\"seeds\": [1]");

std::string ReadAll(const std::filesystem::path& path);
void WriteAll(const std::filesystem::path& path, const std::string& text);
std::vector<std::string> LinesOf(const std::filesystem::path& path);

// A folder with a fake worker in it, called ablate-worker, that behaves as told
// (tests/runner/fake_worker.cc).
std::filesystem::path FolderWithFakeWorker(const std::string& behaviour = "");

}  // namespace ablate::testing
