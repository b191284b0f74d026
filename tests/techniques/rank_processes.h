// The processes of a parallel run, started as torchrun starts them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ablate::testing {

struct RankResult {
  int exit_code = 0;  // 128 + signal where a signal ended it; -1 where it had to be killed
  std::chrono::steady_clock::time_point ended_at = {};
  std::string err;
};

// Runs `argv` once a rank, with torchrun's variables, on this machine; with one rank, without them.
// Those that have not ended two minutes after the start, or `patience` after rank 0's end, are
// killed; and all with the caller.
std::vector<RankResult> RunRanks(int64_t ranks, const std::vector<std::string>& argv,
                                 std::chrono::seconds patience = std::chrono::seconds(30));

}  // namespace ablate::testing
