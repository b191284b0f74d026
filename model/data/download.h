// Downloads over HTTP(S).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace ablate {

struct DownloadOptions {
  // Called as bytes arrive, with the bytes of the file on disk and its full size (0 where the
  // server does not say).
  std::function<void(int64_t bytes, int64_t total)> progress;
  int attempts = 4;                            // transient failures are retried
  std::chrono::milliseconds retry_delay{500};  // before the second attempt; doubles
  std::chrono::seconds stall_timeout{30};      // without a byte
};

// Writes the content of `url` to `path`. Until all of it is there it lies in `path`.part, and
// beside it `path`.part.json says what it is a part of; a later call goes on from there, unless the
// file on the server has changed meanwhile. Throws Error with URL, HTTP status or network failure,
// and how to mend it.
void Download(const std::string& url, const std::filesystem::path& path,
              const DownloadOptions& options = {});

}  // namespace ablate
