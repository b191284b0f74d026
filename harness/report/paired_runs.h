// Runs of two results folders side by side: the same cell, the same seed.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/report/responses.h"
#include "harness/run/record.h"

namespace ablate {

// The response of that name. Throws Error, naming those that there are.
const Response& ResponseNamed(const std::string& name);
// True for throughput, efficiency and BLEU.
bool HigherIsBetter(const Response& response);
// True for what is summed up until the target, and for the quality there: another target, another
// value. False for rates and peaks.
bool DependsOnTarget(const Response& response);

// A cell's runs on both sides, paired by seed. Only runs that say something about their cell
// (IsEvidence) count; the others are as good as missing.
struct PairedCell {
  std::string name;
  // Seed, and by how much it became worse: log(new / baseline), or its negative where higher is
  // better. Of seeds whose value is known exactly on both sides.
  std::vector<std::pair<uint64_t, double>> contrasts = {};
  int64_t before = 0, reached_before = 0;  // runs of the seeds that both sides have
  int64_t now = 0, reached_now = 0;        // of those, runs that NEW has too
  int64_t lost = 0;   // seeds whose value was above zero before and now is none, zero, or a bound
  int64_t zeros = 0;  // of those, where it is zero
  // "train_loss 1.8 before, train_loss 2 now", where it is another; its runs have then no contrasts
  // in a metric that depends on the target, and whether they reached it is not compared.
  std::string other_target = {};
};

struct PairedRuns {
  std::string metric = {};
  bool higher_is_better = false;
  bool depends_on_target = false;
  std::vector<PairedCell> cells = {};            // that the baseline has, in its order
  std::vector<std::string> added = {};           // cells that only the new runs have
  std::vector<uint64_t> seeds = {};              // that both sides have
  std::vector<uint64_t> missing_seeds = {};      // that the baseline alone has
  std::vector<uint64_t> added_seeds = {};        // that the new runs alone have
  std::vector<std::string> other_settings = {};  // cells whose settings differ between the sides
};

// Skipped cells are none.
PairedRuns PairRuns(const std::vector<Record>& baseline, const std::vector<Record>& now,
                    const Response& response);

}  // namespace ablate
