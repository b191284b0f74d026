// The processes of a parallel run, started as torchrun starts them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ablate::testing {

struct RankResult {
  int exit_code = 0;  // 128 + signal where a signal ended it; -1 where it had to be killed
  double seconds = 0;
  std::string err;
};

// Runs `argv` once a rank, with torchrun's variables, on this machine; with one rank, without them.
// Those that have not ended after `limit_s` are killed.
std::vector<RankResult> RunRanks(int64_t ranks, const std::vector<std::string>& argv,
                                 double limit_s = 60);

}  // namespace ablate::testing
