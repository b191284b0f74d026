#include "model/data/download.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include "model/data/partial_file.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr long kConnectSeconds = 20;
constexpr long kMaxRedirects = 10;
constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kRangeNotSatisfiable = 416;

struct Response {
  RemoteVersion version;
  int64_t range_start = -1;  // of a 206
};

int64_t ParseNumber(std::string_view digits) {
  int64_t number = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::string_view WithoutBlanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// "bytes 100-199/1234", or "bytes */1234" with a 416.
void ParseContentRange(std::string_view value, Response& response) {
  const size_t blank = value.find(' ');
  const size_t slash = value.find('/');
  if (blank == std::string_view::npos || slash == std::string_view::npos) return;
  response.range_start = ParseNumber(value.substr(blank + 1));
  response.version.bytes = std::max<int64_t>(0, ParseNumber(value.substr(slash + 1)));
}

void ParseHeader(std::string_view line, Response& response) {
  const size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) response = {};  // of a redirect's next hop
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const std::string_view value = WithoutBlanks(line.substr(colon + 1));
  if (name == "etag") response.version.etag = value;
  if (name == "last-modified") response.version.last_modified = value;
  if (name == "content-range") ParseContentRange(value, response);
  if (name == "content-length" && response.range_start < 0 && response.version.bytes == 0) {
    response.version.bytes = std::max<int64_t>(0, ParseNumber(value));
  }
}

bool IsTransient(CURLcode code) {
  constexpr std::array kTransient = {
      CURLE_COULDNT_CONNECT, CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT,
      CURLE_GOT_NOTHING,     CURLE_SEND_ERROR,   CURLE_RECV_ERROR,
      CURLE_HTTP2,           CURLE_HTTP2_STREAM, CURLE_SSL_CONNECT_ERROR};
  return std::find(kTransient.begin(), kTransient.end(), code) != kTransient.end();
}

bool IsTransient(long status) { return status == 408 || status == 429 || status >= 500; }

Error Failure(const std::string& url, const std::string& reason) {
  return Error("cannot download " + url + ": " + reason +
               "; check the address and the network, or take the file from elsewhere with --from "
               "URL_OR_PATH");
}

// One request that continues a file, or starts it.
class Transfer {
 public:
  Transfer(PartialFile& file, const DownloadOptions& options)
      : file_(file), options_(options), curl_(curl_easy_init()) {
    if (curl_ == nullptr) throw std::bad_alloc();
  }

  // Nothing where the file is complete; else why another attempt is worth while. Throws Error where
  // none is.
  std::optional<std::string> Run();

 private:
  struct Free {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static size_t OnHeader(char* data, size_t, size_t size, void* self);
  static size_t OnBody(char* data, size_t, size_t size, void* self);
  void Configure();
  void AskForRest();
  void ReceiveBody(std::string_view data);
  bool ContinuesFile() const;
  long Status() const;
  std::optional<std::string> Judge(CURLcode code);
  std::optional<std::string> StartOver(const std::string& reason);

  PartialFile& file_;
  const DownloadOptions& options_;
  std::unique_ptr<CURL, Free> curl_;
  std::unique_ptr<curl_slist, Free> headers_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  Response response_;
  bool receiving_ = false;
  bool mismatch_ = false;
  std::exception_ptr failure_;
};

void Transfer::Configure() {
  CURL* curl = curl_.get();
  curl_easy_setopt(curl, CURLOPT_URL, file_.version().url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "ablate");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
}

void Transfer::AskForRest() {
  const std::string validator = file_.version().Validator();
  if (file_.bytes() == 0 || validator.empty()) return;
  const std::string range = std::to_string(file_.bytes()) + "-";
  headers_.reset(curl_slist_append(nullptr, ("If-Range: " + validator).c_str()));
  curl_easy_setopt(curl_.get(), CURLOPT_RANGE, range.c_str());
  curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

std::optional<std::string> Transfer::Run() {
  Configure();
  AskForRest();
  const CURLcode code = curl_easy_perform(curl_.get());
  if (failure_) std::rethrow_exception(failure_);
  return Judge(code);
}

long Transfer::Status() const {
  long status = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::optional<std::string> Transfer::StartOver(const std::string& reason) {
  file_.Discard();
  return reason;
}

std::optional<std::string> Transfer::Judge(CURLcode code) {
  const long status = Status();
  if (mismatch_) return StartOver("the file on the server has changed");
  if (code != CURLE_OK) {
    const std::string reason = message_[0] != '\0' ? message_.data() : curl_easy_strerror(code);
    if (IsTransient(code)) return reason;
    throw Failure(file_.version().url, reason);
  }
  if (status == kRangeNotSatisfiable && file_.bytes() > 0) {
    if (response_.version.bytes == file_.bytes()) return std::nullopt;
    return StartOver("the file on the server has become shorter");
  }
  const std::string reason = "HTTP status " + std::to_string(status);
  if (IsTransient(status)) return reason;
  if (status != kOk && status != kPartialContent) throw Failure(file_.version().url, reason);
  if (!receiving_) ReceiveBody({});
  if (mismatch_) return StartOver("the server sent another part of the file than was asked for");
  if (file_.version().bytes > 0 && file_.bytes() != file_.version().bytes) {
    return StartOver("the server sent " + std::to_string(file_.bytes()) + " bytes of " +
                     std::to_string(file_.version().bytes));
  }
  return std::nullopt;
}

size_t Transfer::OnHeader(char* data, size_t, size_t size, void* self) {
  ParseHeader({data, size}, static_cast<Transfer*>(self)->response_);
  return size;
}

// An exception must not cross libcurl, which is C: it is kept, and thrown again when libcurl has
// returned.
size_t Transfer::OnBody(char* data, size_t, size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    transfer.ReceiveBody({data, size});
  } catch (...) {
    transfer.failure_ = std::current_exception();
  }
  return transfer.failure_ || transfer.mismatch_ ? CURL_WRITEFUNC_ERROR : size;
}

bool Transfer::ContinuesFile() const {
  const RemoteVersion& ours = file_.version();
  const RemoteVersion& theirs = response_.version;
  // A 206 may leave out what an If-Range has confirmed.
  const auto agree = [](const auto& a, const auto& b) { return b == decltype(b){} || a == b; };
  return response_.range_start == file_.bytes() && agree(ours.etag, theirs.etag) &&
         agree(ours.last_modified, theirs.last_modified) && agree(ours.bytes, theirs.bytes);
}

void Transfer::ReceiveBody(std::string_view data) {
  const long status = Status();
  if (status != kOk && status != kPartialContent) return;
  if (!receiving_ && status == kOk) {
    response_.version.url = file_.version().url;
    file_.Restart(response_.version);
  }
  if (!receiving_ && status == kPartialContent) mismatch_ = !ContinuesFile();
  receiving_ = true;
  if (mismatch_) return;
  file_.Append(data);
  if (options_.progress) options_.progress(file_.bytes(), file_.version().bytes);
}

}  // namespace

void Download(const std::string& url, const std::filesystem::path& path,
              const DownloadOptions& options) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw Error("libcurl cannot be initialised");
  PartialFile file(path, url);
  std::optional<std::string> reason;
  auto delay = options.retry_delay;
  for (int attempt = 0; attempt < options.attempts; ++attempt, delay *= 2) {
    if (attempt > 0) std::this_thread::sleep_for(delay / 2);
    reason = Transfer(file, options).Run();
    if (!reason) return file.Finish();
  }
  throw Failure(url, *reason + " (" + std::to_string(options.attempts) + " attempts)");
}

}  // namespace ablate
