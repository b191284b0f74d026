#include "harness/run/rank_failure.h"

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "harness/run/files.h"
#include "harness/run/last_words.h"
#include "harness/run/out_of_memory.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using Time = std::chrono::system_clock::time_point;

// Files are dated by a clock that is read up to a tick late, ends when they are noticed.
constexpr std::chrono::milliseconds kClockTick(10);

// How far a rank's end is from being another's consequence; the lowest is to blame.
enum class Weight { kOutOfMemory, kSignal, kOther };

struct Suspect {
  size_t rank = 0;
  RankEnd end;
  Weight weight = Weight::kOther;
  Time at;             // when it failed
  std::string reason;  // as it says itself; empty where it didn't
  bool invalid = false;
  decltype(Record::memory) memory = {};
};

// What a worker that failed by itself says of that: rank 0 in run.json, which it leaves of a good
// run too.
struct Confession {
  std::string status, reason;
  Time at;
  decltype(Record::memory) memory = {};
};

// That it ran out, on a GPU that was disturbed (invalid) or not.
bool TellsOfMemory(const Confession& confession) {
  return confession.status == Name(Status::kOutOfMemory) ||
         confession.status == Name(Status::kInvalid);
}

std::string TextOf(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Record::Count CountOf(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  const bool told = found != json.end() && found->is_number_integer() && found->get<int64_t>() >= 0;
  return told ? Record::Count(found->get<int64_t>()) : std::nullopt;
}

decltype(Record::memory) DeviceMemoryOf(const nlohmann::json& confession) {
  const auto found = confession.find("memory");
  if (found == confession.end()) return {};
  return {.device_peak_allocated_bytes = CountOf(*found, "device_peak_allocated_bytes"),
          .device_peak_reserved_bytes = CountOf(*found, "device_peak_reserved_bytes"),
          .device_process_bytes = CountOf(*found, "device_process_bytes"),
          .host_peak_rss_bytes = {}};
}

std::optional<Confession> ReadConfession(const fs::path& run_folder, size_t rank) {
  const fs::path file =
      run_folder / (rank == 0 ? "run.json" : "rank-" + std::to_string(rank) + ".json");
  const auto text = ReadText(file);
  if (!text) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  Confession confession = {.status = TextOf(json, "status"),
                           .reason = TextOf(json, "reason"),
                           .at = {},
                           .memory = DeviceMemoryOf(json)};
  if (confession.status != Name(Status::kFailed) && !TellsOfMemory(confession)) return std::nullopt;
  std::error_code error;
  confession.at = std::chrono::time_point_cast<Time::duration>(
      std::chrono::file_clock::to_sys(fs::last_write_time(file, error)));
  return confession;
}

Weight WeightOf(const RankEnd& end, const std::optional<Confession>& confession,
                bool out_of_memory) {
  const bool killed = end.signal == SIGKILL && end.of_itself;
  const bool says_so = confession && TellsOfMemory(*confession);
  if (says_so || (killed && out_of_memory)) return Weight::kOutOfMemory;
  const bool is_cause = end.signal != 0 && end.signal != SIGABRT && end.of_itself;
  return is_cause ? Weight::kSignal : Weight::kOther;
}

std::vector<Suspect> Suspects(const ProcessEnd& end, const fs::path& run_folder) {
  std::vector<Suspect> suspects;
  for (size_t rank = 0; rank < end.ranks.size(); ++rank) {
    const RankEnd& own = end.ranks[rank];
    const std::optional<Confession> confession = ReadConfession(run_folder, rank);
    const bool ended_badly = own.of_itself && (own.exit_code != 0 || own.signal != 0);
    if (!ended_badly && !confession) continue;
    suspects.push_back({.rank = rank,
                        .end = own,
                        .weight = WeightOf(own, confession, end.out_of_memory),
                        .at = confession ? confession->at : own.at - kClockTick,
                        .reason = confession ? WithoutFolders(confession->reason) : "",
                        .invalid = confession && confession->status == Name(Status::kInvalid),
                        .memory = confession ? confession->memory : decltype(Record::memory){}});
  }
  return suspects;
}

std::string HowItEnded(const Suspect& suspect, const fs::path& run_folder) {
  if (!suspect.reason.empty()) return ": " + suspect.reason;
  const std::string how = suspect.end.signal != 0
                              ? " was ended by " + SignalName(suspect.end.signal)
                              : " exited with " + std::to_string(suspect.end.exit_code);
  return WithLastWords(how, RankLog(run_folder / "log.txt", static_cast<int64_t>(suspect.rank)));
}

// Those that had to be ended, which may be why another gave up waiting.
std::string Stuck(const ProcessEnd& end) {
  std::string text;
  for (size_t rank = 0; rank < end.ranks.size(); ++rank) {
    if (end.ranks[rank].of_itself) continue;
    text += "; rank " + std::to_string(rank) + " did not end by itself";
  }
  return text;
}

}  // namespace

std::optional<RankFailure> FindRankFailure(const ProcessEnd& end, const fs::path& run_folder) {
  const std::vector<Suspect> suspects = Suspects(end, run_folder);
  if (suspects.empty()) return std::nullopt;
  const Suspect& guilty =
      *std::min_element(suspects.begin(), suspects.end(), [](const Suspect& a, const Suspect& b) {
        return std::tie(a.weight, a.at) < std::tie(b.weight, b.at);
      });
  const RankEnd& own = guilty.end;
  if (guilty.rank == 0 && own.of_itself && own.exit_code == 0 && own.signal == 0) {
    return std::nullopt;
  }
  const std::string who =
      "rank " + std::to_string(guilty.rank) + " of " + std::to_string(end.ranks.size());
  if (guilty.weight == Weight::kOutOfMemory && guilty.reason.empty()) {
    return RankFailure{
        Status::kOutOfMemory, EndedForWantOfMemory(who, end.counted_on_whole_machine), {}};
  }
  const Status status = guilty.invalid                          ? Status::kInvalid
                        : guilty.weight == Weight::kOutOfMemory ? Status::kOutOfMemory
                                                                : Status::kFailed;
  return RankFailure{status, who + HowItEnded(guilty, run_folder) + Stuck(end), guilty.memory};
}

}  // namespace ablate
