#include "harness/run/merge.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "harness/plan/suite.h"
#include "harness/run/child.h"
#include "harness/run/environment.h"
#include "harness/run/files.h"
#include "harness/run/folder_lock.h"
#include "harness/run/store.h"
#include "model/data/atomic_file.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct Shard {
  fs::path folder;
  FileDescriptor lock;
  nlohmann::ordered_json suite;
  Json environment;
  std::vector<Json> lines;                       // of records.jsonl, all
  std::map<std::string, Status> runs;            // the last of each, by run_id
  std::map<std::string, uint64_t> measured;      // run_id -> seed, of those with a result
  std::vector<std::string> warnings, differing;  // differing: accepted, from the first shard
};

std::vector<Json> IntactLines(std::string_view text) {
  std::vector<Json> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(Json::parse(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Json ReadEnvironment(const fs::path& folder) {
  const std::string text = ReadText(folder / "environment.json").value_or("");
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) return json;
  throw Error("'" + folder.string() +
              "' holds no environment.json; nothing tells where its runs were made");
}

Shard LoadShard(const fs::path& folder) {
  Shard shard;
  shard.folder = folder;
  shard.suite = ToJson(LoadSuite(folder / "suite.json"));
  shard.lock = LockFolderForReading(folder);
  const fs::path file = folder / "records.jsonl";
  const std::string text = ReadText(file).value_or("");
  RecordLog log = ParseRecordLog(text, file.string());
  if (log.records.empty()) throw Error("'" + folder.string() + "' holds no record to merge");
  shard.warnings = std::move(log.warnings);
  shard.lines = IntactLines(std::string_view(text).substr(0, log.intact_bytes));
  for (const Record& record : log.records) {
    shard.runs[record.run_id] = record.status;
    const bool has_result = IsFinal(record.status) && record.status != Status::kSkipped;
    if (has_result) shard.measured[record.run_id] = record.seed;
  }
  shard.environment = ReadEnvironment(folder);
  return shard;
}

[[noreturn]] void Refuse(const Shard& first, const Shard& other,
                         const std::vector<std::string>& differences) {
  std::string message = "'" + first.folder.string() + "' and '" + other.folder.string() +
                        "' can't be merged, since their runs can't be compared:";
  for (const std::string& difference : differences) message += "\n  " + difference;
  throw Error(message);
}

// ------------------------------------------------------------------------------------------------
// What may be merged.

std::vector<std::string> SuiteDifferences(Json there, Json here) {
  for (const char* key : {"seeds", "description"}) {
    there.erase(key);
    here.erase(key);
  }
  const Json a = there.flatten();
  const Json b = here.flatten();
  std::vector<std::string> lines;
  const auto value = [](const Json& json, const std::string& key) {
    return json.contains(key) ? json[key].dump() : std::string("absent");
  };
  std::set<std::string> keys;
  for (const Json* json : {&a, &b}) {
    for (const auto& [key, ignored] : json->items()) keys.insert(key);
  }
  for (const std::string& key : keys) {
    if (value(a, key) == value(b, key)) continue;
    std::string path = key.substr(std::min<size_t>(1, key.size()));
    std::replace(path.begin(), path.end(), '/', '.');
    lines.push_back(path + ": " + value(a, key) + " there, " + value(b, key) + " here");
  }
  return lines;
}

void CheckBlocksAreWhole(const std::vector<Shard>& shards) {
  std::map<uint64_t, const Shard*> owners;
  for (const Shard& shard : shards) {
    for (const auto& [run_id, seed] : shard.measured) {
      const Shard* owner = owners.emplace(seed, &shard).first->second;
      if (owner == &shard) continue;
      throw Error("seed " + std::to_string(seed) + " was measured in '" + owner->folder.string() +
                  "' and in '" + shard.folder.string() +
                  "'; a seed block is compared within itself and must come from one of them whole "
                  "(--shard)");
    }
  }
}

void CheckComparable(std::vector<Shard>& shards) {
  for (size_t i = 1; i < shards.size(); ++i) {
    std::vector<std::string> refused = SuiteDifferences(shards[0].suite, shards[i].suite);
    MachineDifferences machines = CompareMachines(shards[0].environment, shards[i].environment);
    refused.insert(refused.end(), machines.refused.begin(), machines.refused.end());
    if (!refused.empty()) Refuse(shards[0], shards[i], refused);
    shards[i].differing = std::move(machines.accepted);
  }
  CheckBlocksAreWhole(shards);
}

void CheckOutput(const fs::path& output) {
  CheckIsNoReference(output);
  if (!fs::exists(output)) return;
  if (fs::is_directory(output) && fs::is_empty(output)) return;
  throw Error("'" + output.string() + "' is there already; name a new folder with --output");
}

// ------------------------------------------------------------------------------------------------
// What comes out.

std::vector<uint64_t> AllSeeds(const std::vector<Shard>& shards) {
  std::vector<uint64_t> seeds;
  for (const Shard& shard : shards) {
    for (const auto& json : shard.suite["seeds"]) {
      const auto seed = json.get<uint64_t>();
      if (std::find(seeds.begin(), seeds.end(), seed) == seeds.end()) seeds.push_back(seed);
    }
  }
  return seeds;
}

// Which shard has the say on each run: the one with a result, else the last one.
std::map<std::string, const Shard*> Owners(const std::vector<Shard>& shards) {
  std::map<std::string, const Shard*> owners;
  for (const Shard& shard : shards) {
    for (const auto& [run_id, status] : shard.runs) {
      const Shard*& owner = owners[run_id];
      if (owner == nullptr || !owner->measured.contains(run_id)) owner = &shard;
    }
  }
  return owners;
}

std::string NoteOf(const Shard& shard) {
  std::string note;
  for (const std::string& line : shard.differing) note += (note.empty() ? "" : "; ") + line;
  return note.empty() ? "" : "measured elsewhere than the first shard: " + note;
}

std::string Line(Json json, const Shard& shard, const std::vector<uint64_t>& seeds) {
  const auto seed = std::find(seeds.begin(), seeds.end(), json["seed"].get<uint64_t>());
  if (seed != seeds.end()) json["block"] = seed - seeds.begin();
  if (const std::string note = NoteOf(shard); !note.empty()) json["notes"].push_back(note);
  return ToLine(json) + "\n";
}

// The last line of a run wins, so the lines of the shards that don't own it come first.
std::string AllLines(const std::vector<Shard>& shards, const std::vector<uint64_t>& seeds) {
  const std::map<std::string, const Shard*> owners = Owners(shards);
  std::string superseded, text;
  for (const Shard& shard : shards) {
    for (const Json& json : shard.lines) {
      const bool owns = owners.at(json["run_id"].get<std::string>()) == &shard;
      (owns ? text : superseded) += Line(json, shard, seeds);
    }
  }
  return superseded + text;
}

// environment.json is the first shard's, and says what else was merged; what records refer to is
// kept beside it.
void WriteEnvironments(const std::vector<Shard>& shards, const fs::path& folder) {
  Json merged = shards[0].environment;
  merged["merged"] = Json::array();
  for (const Shard& shard : shards) {
    const std::string hash = EnvironmentHash(shard.environment);
    WriteTextByRename(folder / ("environment-" + hash + ".json"), shard.environment.dump(2) + "\n");
    std::set<uint64_t> seeds;
    for (const auto& [run_id, seed] : shard.measured) seeds.insert(seed);
    merged["merged"].push_back(
        {{"environment", hash}, {"seeds", seeds}, {"differs", shard.differing}});
    if (shard.environment.contains("corpora")) {
      merged["corpora"].update(shard.environment["corpora"]);
    }
    for (const auto& entry : fs::directory_iterator(shard.folder)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("environment-")) continue;
      fs::copy_file(entry.path(), folder / name, fs::copy_options::skip_existing);
    }
  }
  WriteTextByRename(folder / "environment.json", merged.dump(2) + "\n");
}

void CopyRuns(const std::vector<Shard>& shards, const fs::path& folder) {
  fs::create_directories(folder / "runs");
  for (const auto& [run_id, owner] : Owners(shards)) {
    const fs::path from = owner->folder / "runs" / run_id;
    if (fs::exists(from)) fs::copy(from, folder / "runs" / run_id, fs::copy_options::recursive);
  }
}

void Write(const std::vector<Shard>& shards, const fs::path& folder) {
  const std::vector<uint64_t> seeds = AllSeeds(shards);
  nlohmann::ordered_json suite = shards[0].suite;
  suite["seeds"] = seeds;
  WriteTextByRename(folder / "suite.json", suite.dump(2) + "\n");
  WriteEnvironments(shards, folder);
  CopyRuns(shards, folder);
  WriteTextByRename(folder / "records.jsonl", AllLines(shards, seeds));
}

// What was copied is on disk when this returns, so that the shards may go.
void SyncAll(const fs::path& folder) {
  const FileDescriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || syncfs(fd.get()) != 0) ThrowUnwritable(folder);
}

// Beside `output`, so that renaming stays within a file system.
fs::path PartialFolder(fs::path output) {
  if (!output.has_filename()) output = output.parent_path();
  return output += ".part";
}

std::vector<Shard> LoadShards(const std::vector<fs::path>& folders) {
  std::set<fs::path> seen;
  std::vector<Shard> shards;
  for (const fs::path& folder : folders) {
    if (!seen.insert(fs::weakly_canonical(folder)).second) {
      throw Error("'" + folder.string() + "' is named twice");
    }
    shards.push_back(LoadShard(folder));
  }
  return shards;
}

Merged Describe(const std::vector<Shard>& shards) {
  Merged merged;
  merged.runs = Owners(shards).size();
  for (const Shard& shard : shards) {
    merged.records += shard.lines.size();
    merged.warnings.insert(merged.warnings.end(), shard.warnings.begin(), shard.warnings.end());
    if (shard.differing.empty()) continue;
    merged.notes.push_back("'" + shard.folder.string() + "' was " + NoteOf(shard));
  }
  return merged;
}

}  // namespace

Merged MergeShards(const std::vector<fs::path>& folders, const fs::path& output) {
  if (folders.size() < 2) throw Error("name at least two results folders to merge");
  CheckOutput(output);
  std::vector<Shard> shards = LoadShards(folders);
  CheckComparable(shards);
  const fs::path partial = PartialFolder(output);
  const FileDescriptor lock = LockFolder(partial);
  for (const auto& left : fs::directory_iterator(partial)) {  // by a call that was ended
    if (left.path().filename() != kLockFile) fs::remove_all(left.path());
  }
  try {
    Write(shards, partial);
    SyncAll(partial);
    fs::rename(partial, output);
    if (!SyncFolder(partial.parent_path())) ThrowUnwritable(output);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
  return Describe(shards);
}

}  // namespace ablate
