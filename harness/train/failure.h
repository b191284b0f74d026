// What a step of a run throws, as a record tells it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "harness/run/record.h"

namespace ablate {

struct Failure {
  Status status = Status::kFailed;  // or kOutOfMemory, which is a result
  std::string reason;
  int exit_code = 0;  // of a worker that ends by it (worker_run.h)
};

// Runs `step`; nothing where it throws nothing. A backtrace that LibTorch gives goes to stderr.
std::optional<Failure> Attempt(const std::function<void()>& step);

}  // namespace ablate
