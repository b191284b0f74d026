// Which of the processes that train a run together is to blame where the run broke off.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "harness/run/process.h"
#include "harness/run/record.h"

namespace ablate {

struct RankFailure {
  Status status = Status::kFailed;  // or kOutOfMemory, or kInvalid (worker_protocol.h)
  std::string reason;               // names the rank
  // What that rank's device held, where it could still tell; nothing of the host, whose memory is
  // all ranks'.
  decltype(Record::memory) memory = {};
};

// Nothing where rank 0's run.json has the say: where no rank ended badly, or rank 0 ran out of
// memory and could still tell. When one rank fails, the
// others soon do too, since nobody answers them. Memory that ran out, on a disturbed GPU or not, is
// a cause wherever it is seen, and so is a signal (but for SIGABRT, by which LibTorch's watchdog
// ends a rank that gets no answer); else the cause is who failed first, by the time of the
// rank-<r>.json or run.json that a failing worker leaves, or where there is none by that of its
// end.
std::optional<RankFailure> FindRankFailure(const ProcessEnd& end,
                                           const std::filesystem::path& run_folder);

}  // namespace ablate
