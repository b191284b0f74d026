#include "harness/run/outcome.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "harness/run/files.h"
#include "harness/run/format.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr std::streamoff kLogTail = 4096;
constexpr size_t kLogLines = 3;
constexpr size_t kLongestReason = 400;

std::string ReadTail(const fs::path& log) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - kLogTail));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The log's last lines that aren't empty, joined by " / "; empty where it has none.
std::string LastWords(const fs::path& run_folder) {
  std::string text = ReadTail(run_folder / "log.txt");
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return c != '\n' && static_cast<unsigned char>(c) < ' '; }, ' ');
  std::string words;
  for (size_t lines = 0; lines < kLogLines && !text.empty();) {
    const size_t start = text.rfind('\n') + 1;  // npos + 1 is 0
    const std::string line = text.substr(start);
    text.resize(start == 0 ? 0 : start - 1);
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    words = words.empty() ? line : line + " / " + words;
    ++lines;
  }
  words = WithoutFolders(words);
  return words.size() <= kLongestReason ? words : words.substr(words.size() - kLongestReason);
}

std::string WithLastWords(const std::string& what, const fs::path& run_folder) {
  const std::string words = LastWords(run_folder);
  return words.empty() ? what : what + "; its last words: " + words;
}

void CheckSound(const Record& identity, const Record& record) {
  if (record.run_id != identity.run_id) throw Error("it tells of run " + record.run_id);
  if (record.status == Status::kSkipped) throw Error("a worker can't skip");
  if (record.status != Status::kReached) return;
  if (record.time_to_target_s.value_or(0) <= 0 || record.examples_to_target.value_or(0) <= 0) {
    throw Error("it reached the target without a time or without examples");
  }
}

// What the worker says of its run. Throws Error where run.json is missing, torn or contradicts
// itself.
Record ReadRun(const Record& identity, const fs::path& run_folder) {
  const auto text = ReadText(run_folder / "run.json");
  if (!text) throw Error("there is none");
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw Error("it is not JSON");
  Record record = RecordFromJson(json);
  CheckSound(identity, record);
  return record;
}

void TakeIdentity(const Record& identity, Record& record) {
  record.suite = identity.suite;
  record.cell = identity.cell;
  record.factors = identity.factors;
  record.seed = identity.seed;
  record.block = identity.block;
  record.position = identity.position;
  record.cell_id = identity.cell_id;
  record.run_id = identity.run_id;
  record.target_metric = identity.target_metric;
  record.target_value = identity.target_value;
  record.environment = identity.environment;
  record.started_at = identity.started_at;
  record.attempts = identity.attempts;
}

Record Ended(const Record& identity, Status status, std::string reason) {
  Record record = identity;
  record.status = status;
  record.reason = std::move(reason);
  return record;
}

Record OwnEnd(const Record& identity, const ProcessEnd& end, const fs::path& run_folder) {
  if (end.out_of_memory) {
    return Ended(identity, Status::kOutOfMemory,
                 "the kernel ended the worker for want of host memory");
  }
  if (end.signal != 0) {
    return Ended(identity, Status::kFailed,
                 WithLastWords("the worker was ended by " + SignalName(end.signal), run_folder));
  }
  if (end.exit_code != 0) {
    return Ended(
        identity, Status::kFailed,
        WithLastWords("the worker exited with " + std::to_string(end.exit_code), run_folder));
  }
  try {
    Record record = ReadRun(identity, run_folder);
    TakeIdentity(identity, record);
    record.reason = WithoutFolders(record.reason);
    return record;
  } catch (const Error& error) {
    return Ended(identity, Status::kFailed,
                 WithLastWords(std::string("the worker's run.json is unsound: ") + error.what(),
                               run_folder));
  }
}

// A worker that was asked to stop may have been done already.
Record Stopped(const Record& identity, const ProcessEnd& end, const fs::path& run_folder) {
  if (end.signal == 0 && end.exit_code == 0) {
    const Record record = OwnEnd(identity, end, run_folder);
    if (IsFinal(record.status)) return record;
  }
  return Ended(identity, Status::kInterrupted, "the suite was interrupted");
}

}  // namespace

std::string WithoutFolders(std::string_view text) {
  std::string kept;
  const std::string_view before = " \t\n'\"`(<[=:,";
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts = text[i] == '/' && (i == 0 || before.find(text[i - 1]) != before.npos);
    // "https://…" is an address, not a path.
    const bool is_address =
        i > 0 && text[i - 1] == ':' && i + 1 < text.size() && text[i + 1] == '/';
    if (starts && !is_address) {
      const size_t end = std::min(text.find_first_of(" \t\n'\"`)>]:,", i), text.size());
      const size_t last = text.substr(i, end - i).rfind('/');
      if (last > 0) i += last + 1;
      if (i >= text.size()) break;
    }
    kept += text[i];
  }
  return kept;
}

Record RecordOutcome(const Record& identity, const ProcessEnd& end, const fs::path& run_folder,
                     const ProcessRequest& request) {
  using Cause = ProcessEnd::Cause;
  Record record;
  switch (end.cause) {
    case Cause::kOwn:
      record = OwnEnd(identity, end, run_folder);
      break;
    case Cause::kStopped:
      record = Stopped(identity, end, run_folder);
      break;
    case Cause::kWallLimit:
      record = Ended(identity, Status::kTimedOut,
                     "not finished within " + FormatDuration(request.wall_limit_s));
      break;
    case Cause::kSilence:
      record = Ended(identity, Status::kTimedOut,
                     WithLastWords("no sign of life for " + FormatDuration(request.silence_limit_s),
                                   run_folder));
      break;
  }
  if (!record.time.wall_s) record.time.wall_s = end.wall_s;
  return record;
}

}  // namespace ablate
