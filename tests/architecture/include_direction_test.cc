// Who may include whom: model <- techniques <- harness <- tests, and Torch only where tensors are.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
const fs::path kRoot = ABLATE_SOURCE_DIR;

// For each folder, what it may include; the longest matching prefix decides.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"model", {"model"}},
    {"techniques", {"model", "techniques"}},
    {"harness", {"model", "techniques", "harness"}},
};

// Folders, and in techniques/ the suffix, whose files may include Torch.
bool MayIncludeTorch(const std::string& file) {
  return file.starts_with("model/net/") || file.starts_with("harness/train/") ||
         file.starts_with("harness/bench/") || file.find("_torch.") != std::string::npos;
}

std::vector<std::string> Sources() {
  std::vector<std::string> files;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".h" || extension == ".cc")
        files.push_back(fs::relative(entry.path(), kRoot));
    }
  }
  return files;
}

std::vector<std::string> Includes(const std::string& file) {
  static const std::regex include(R"(^\s*#include\s+[<"]([^>"]+)[>"])");
  std::ifstream in(kRoot / file);
  std::vector<std::string> found;
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_search(line, match, include)) found.push_back(match[1]);
  }
  return found;
}

bool IsTorch(const std::string& header) {
  return header.starts_with("torch/") || header.starts_with("ATen/") || header.starts_with("c10/");
}

TEST(IncludeDirectionTest, FoldersIncludeOnlyWhatStandsBelowThem) {
  const std::vector<std::string> files = Sources();
  ASSERT_GT(files.size(), 50u);
  for (const std::string& file : files) {
    const std::set<std::string>& allowed = kMayInclude.at(file.substr(0, file.find('/')));
    for (const std::string& header : Includes(file)) {
      if (!fs::exists(kRoot / header)) continue;  // a system's or a library's
      EXPECT_TRUE(allowed.contains(header.substr(0, header.find('/'))))
          << file << " includes " << header;
    }
  }
}

TEST(IncludeDirectionTest, OnlyFilesThatNeedTensorsIncludeTorch) {
  for (const std::string& file : Sources()) {
    for (const std::string& header : Includes(file)) {
      EXPECT_TRUE(!IsTorch(header) || MayIncludeTorch(file)) << file << " includes " << header;
    }
  }
}

TEST(IncludeDirectionTest, DataIncludesNothingOfTheNet) {
  for (const std::string& file : Sources()) {
    if (!file.starts_with("model/data/")) continue;
    for (const std::string& header : Includes(file)) {
      EXPECT_FALSE(header.starts_with("model/net/")) << file << " includes " << header;
    }
  }
}

}  // namespace
