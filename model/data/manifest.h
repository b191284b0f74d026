// What a folder of fetched files must hold: <cache>/corpora/<name>/manifest.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ablate {

struct ManifestFile {
  std::string sha256;
  int64_t bytes = 0;
  std::string source;  // where it came from
};

// By file name.
using Manifest = std::map<std::string, ManifestFile>;

// Nothing where `folder` has none. Throws Error where it is torn.
std::optional<Manifest> ReadManifest(const std::filesystem::path& folder);

// By rename, so that a reader sees the old one or the new one.
void WriteManifest(const std::filesystem::path& folder, const Manifest& manifest);

// What lies in `folder`, hashed. Throws Error for a file that cannot be read.
Manifest DescribeFiles(const std::filesystem::path& folder, const std::vector<std::string>& files);

// Throws Error, with both hashes and how to mend it, where `found`, lying in or meant for `folder`,
// is not what was recorded.
void CheckAgainst(const Manifest& recorded, const Manifest& found,
                  const std::filesystem::path& folder);

}  // namespace ablate
