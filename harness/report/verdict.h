// The answer in words.
#pragma once

#include <string>

#include "harness/report/summary.h"

namespace ablate {

// One line without markup, for the end of a run: "Fastest: dynamic + amp, 5.2 s to train_loss 1.8,
// 2.3x faster than the baseline (95% limits 2.1x to 2.6x)."
std::string VerdictLine(const Summary& summary);

// "no other cell"; where some did not reach the target in every ranked seed, and might be faster
// still, "among the cells that reached the target in every seed no other".
std::string NoOtherCell(const Summary& summary);

// "2.3x faster than the baseline", "at least 3.1x faster than the baseline", "as fast as the
// baseline"; empty where the speed-up is not known.
std::string SpeedupWords(const Fastest& fastest);

// True for a level that must not change what is learned, and does: what it does to time is no
// speed-up.
bool IsSuspect(const Summary& summary, const std::string& factor, const std::string& level);

// "train_loss 1.8"
std::string TargetWords(const Summary& summary);

}  // namespace ablate
