#include "model/data/manifest.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/data/sha256.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr const char* kName = "manifest.json";
constexpr int kSchemaVersion = 1;

}  // namespace

std::optional<Manifest> ReadManifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kName;
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    std::ifstream file(path);
    const auto json = nlohmann::json::parse(file);
    Manifest manifest;
    for (const auto& [name, entry] : json.at("files").items()) {
      manifest[name] = {entry.at("sha256"), entry.at("bytes"), entry.at("source")};
    }
    return manifest;
  } catch (const nlohmann::json::exception& error) {
    throw Error(path.string() + " is damaged (" + error.what() + "); delete " + folder.string() +
                " and fetch the corpus again");
  }
}

void WriteManifest(const std::filesystem::path& folder, const Manifest& manifest) {
  nlohmann::json files = nlohmann::json::object();
  for (const auto& [name, file] : manifest) {
    files[name] = {{"sha256", file.sha256}, {"bytes", file.bytes}, {"source", file.source}};
  }
  const nlohmann::json json = {{"schema_version", kSchemaVersion}, {"files", files}};
  const std::filesystem::path part = folder / (std::string(kName) + ".part");
  std::ofstream file(part);
  file << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  file.close();
  if (!file) throw Error("cannot write " + part.string());
  std::filesystem::rename(part, folder / kName);
}

Manifest DescribeFiles(const std::filesystem::path& folder, const std::vector<std::string>& files) {
  Manifest manifest;
  for (const std::string& name : files) {
    ManifestFile& file = manifest[name];
    file.sha256 = Sha256OfFile(folder / name);
    file.bytes = static_cast<int64_t>(std::filesystem::file_size(folder / name));
  }
  return manifest;
}

void CheckAgainst(const Manifest& recorded, const Manifest& found,
                  const std::filesystem::path& folder) {
  for (const auto& [name, file] : found) {
    const auto entry = recorded.find(name);
    if (entry == recorded.end() || entry->second.sha256 == file.sha256) continue;
    throw Error((folder / name).string() + " has changed: SHA-256 " + file.sha256 + ", recorded " +
                entry->second.sha256 + " (from " + entry->second.source + "); delete " +
                folder.string() + " and fetch the corpus again to accept the change");
  }
}

}  // namespace ablate
