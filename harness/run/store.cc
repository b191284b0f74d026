#include "harness/run/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "harness/run/environment.h"
#include "harness/run/files.h"
#include "harness/run/folder_lock.h"
#include "model/data/atomic_file.h"
#include "model/error.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProfiles = "profiles";

// Makes `records` hold the last record of each run, at the place of its first.
void Supersede(std::vector<Record>& records, std::map<std::string, size_t>& index,
               const Record& record) {
  const auto [place, is_new] = index.emplace(record.run_id, records.size());
  if (is_new) {
    records.push_back(record);
  } else {
    records[place->second] = record;
  }
}

bool IsReference(const fs::path& results) {
  fs::path previous;
  for (const fs::path& part : fs::weakly_canonical(fs::absolute(results))) {
    if (previous == "results" && part == "reference") return true;
    previous = part;
  }
  return false;
}

void CheckIsResultsFolder(const fs::path& results) {
  CheckIsNoReference(results);
  if (!fs::exists(results)) return;
  if (!fs::is_directory(results)) {
    throw Error("'" + results.string() + "' is not a folder; name another with --results");
  }
  const bool ours = fs::exists(results / "suite.json") || fs::exists(results / kLockFile) ||
                    fs::exists(results / kProfiles);
  if (!ours && !fs::is_empty(results)) {
    throw Error("'" + results.string() +
                "' holds files but no results; name an empty or a new folder with --results");
  }
}

fs::path MoveAside(const fs::path& results) {
  const fs::path plain = results.has_filename() ? results : results.parent_path();
  std::string time = UtcNow();
  std::replace(time.begin(), time.end(), ':', '-');
  fs::path aside = plain.string() + ".old-" + time;
  for (int i = 2; fs::exists(aside); ++i) {
    aside = plain.string() + ".old-" + time + "-" + std::to_string(i);
  }
  fs::rename(plain, aside);
  if (!SyncFolder(plain.parent_path())) ThrowUnwritable(aside);
  return aside;
}

// Of the folder that has just been moved away. Another driver may have come first.
FileDescriptor LockInPlaceOf(const fs::path& aside, const fs::path& results) try {
  return LockFolder(results);
} catch (const Error& error) {
  throw Error(std::string(error.what()) + ". The earlier results are now in '" + aside.string() +
              "'");
}

}  // namespace

void CheckIsNoReference(const fs::path& results) {
  if (!IsReference(results)) return;

  throw Error("'" + results.string() +
              "' lies in results/reference, which holds committed runs and is never written; name "
              "another folder, or give the suite another name");
}

RecordLog ReadRecordLog(const fs::path& results) {
  const fs::path file = results / "records.jsonl";
  const auto text = ReadText(file);
  const bool absent = !text && (errno == ENOENT || errno == ENOTDIR);
  // Not for an empty log: what is taken for torn is cut off.
  if (!text && !absent) {
    throw Error("cannot read '" + file.string() + "': " + std::strerror(errno));
  }
  return ParseRecordLog(text.value_or(""), file.string());
}

RecordLog ParseRecordLog(std::string_view text, const std::string& name) {
  RecordLog log;
  std::map<std::string, size_t> index;
  int64_t number = 1;
  for (size_t start = 0; start < text.size(); ++number) {
    const size_t line_end = std::min(text.find('\n', start), text.size());
    const size_t next = std::min(line_end + 1, text.size());
    const std::string_view line = text.substr(start, line_end - start);
    const std::string where = name + ":" + std::to_string(number);
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded() && next == text.size()) {
      log.warnings.push_back(where +
                             ": the last line is torn and is dropped; that run is run again");
      return log;
    }
    try {
      if (json.is_discarded()) throw Error("not a JSON object");
      Supersede(log.records, index, RecordFromJson(json));
    } catch (const Error& error) {
      throw Error(where + ": " + error.what() +
                  "; remove the line, or move the folder aside with --fresh");
    }
    log.intact_bytes = next;
    log.ends_in_line_break = text[next - 1] == '\n';
    start = next;
  }
  return log;
}

fs::path ProfileFolder(const fs::path& results) {
  CheckIsNoReference(results);
  return results / kProfiles;
}

ResultStore ResultStore::Open(const fs::path& results, bool fresh) {
  CheckIsResultsFolder(results);
  FileDescriptor lock = LockFolder(results);
  if (!fresh || !fs::exists(results / "records.jsonl")) {
    return ResultStore(results, std::move(lock));
  }
  const fs::path aside = MoveAside(results);
  ResultStore store(results, LockInPlaceOf(aside, results));
  store.moved_aside_ = aside;
  return store;
}

ResultStore::ResultStore(fs::path folder, FileDescriptor lock)
    : folder_(std::move(folder)), lock_(std::move(lock)) {
  Load();
}

void ResultStore::Load() {
  RecordLog log = ReadRecordLog(folder_);
  warnings_ = std::move(log.warnings);
  const fs::path file = folder_ / "records.jsonl";
  const bool is_new = !fs::exists(file);
  log_ = FileDescriptor(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (log_.get() < 0 || ftruncate(log_.get(), static_cast<off_t>(log.intact_bytes)) != 0 ||
      (is_new && !SyncFolder(folder_))) {
    ThrowUnwritable(file);
  }
  if (!log.ends_in_line_break) AppendText("\n");
  for (const Record& record : log.records) Remember(record);
}

void ResultStore::Remember(const Record& record) { Supersede(records_, index_, record); }

const Record* ResultStore::Find(const std::string& run_id) const {
  const auto found = index_.find(run_id);
  return found == index_.end() ? nullptr : &records_[found->second];
}

void ResultStore::Append(const Record& record) {
  AppendText(ToLine(ToJson(record)) + "\n");
  Remember(record);
}

// All of it or nothing, as far as the disk lets us.
void ResultStore::AppendText(std::string_view text) {
  struct stat before = {};
  fstat(log_.get(), &before);
  if (WriteAndSync(log_.get(), text)) return;
  const int error = errno;
  if (ftruncate(log_.get(), before.st_size) != 0) { /* the torn line is dropped when it is read */
  }
  errno = error;
  ThrowUnwritable(folder_ / "records.jsonl");
}

void ResultStore::WriteSuite(const nlohmann::ordered_json& suite) {
  WriteTextByRename(folder_ / "suite.json", suite.dump(2) + "\n");
}

nlohmann::json ResultStore::environment() const {
  const auto text = ReadText(folder_ / "environment.json");
  return text ? nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false)
              : nlohmann::json();
}

std::string ResultStore::WriteEnvironment(const nlohmann::json& environment) {
  const std::string hash = EnvironmentHash(environment);
  const nlohmann::json old = this->environment();
  if (old == environment) return hash;
  if (old.is_object()) {
    // A copy: at no moment may the folder be without its environment.json, which tells what the
    // next call must not mix with its runs.
    WriteTextByRename(folder_ / ("environment-" + EnvironmentHash(old) + ".json"),
                      old.dump(2) + "\n");
  }
  WriteTextByRename(folder_ / "environment.json", environment.dump(2) + "\n");
  return hash;
}

fs::path ResultStore::RunFolder(const std::string& run_id) const {
  return fs::absolute(folder_) / "runs" / run_id;
}

fs::path ResultStore::FreshRunFolder(const std::string& run_id) {
  const fs::path folder = RunFolder(run_id);
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) {
    errno = error.value();
    ThrowUnwritable(folder);
  }
  MakeFolder(folder);
  return folder;
}

}  // namespace ablate
