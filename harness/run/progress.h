// What a user sees while a suite runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "harness/run/record.h"

namespace ablate {

class Progress {
 public:
  virtual ~Progress() = default;

  // `total` runs, of which `kept` have their record already.
  virtual void Start(int64_t total, int64_t kept) = 0;
  virtual void RunStarts(const Record& identity) = 0;
  // An event of the worker (worker_protocol.h).
  virtual void Heard(const nlohmann::json& event) = 0;
  // Called several times a second.
  virtual void Tick() = 0;
  // `again`: the run is started once more, so it isn't counted yet.
  virtual void RunEnds(const Record& record, bool again) = 0;
  // Something that deserves a line of its own.
  virtual void Note(const std::string& text) = 0;
};

// How a run's cell is shown.
using CellText = std::function<std::string(const Record&)>;
std::string WholeCellName(const Record& record);

// A line a run, for logs: "[ 3/24] padding=dynamic,… seed 1: reached in 5.2 s (4,310
// examples, 21.3k tokens/s)".
std::unique_ptr<Progress> MakeLineProgress(std::ostream& out, CellText cell = WholeCellName);

// The same lines, and below them one live line with what is running. `width` tells the terminal's
// columns now.
std::unique_ptr<Progress> MakeLiveProgress(std::ostream& out, std::function<size_t()> width,
                                           bool colour, CellText cell = WholeCellName);

// The live one where stdout is a terminal that can redraw a line, else the other. Colour unless
// NO_COLOR is set.
std::unique_ptr<Progress> MakeProgress(CellText cell = WholeCellName);

// What became of a run, as its line says it.
std::string DescribeOutcome(const Record& record);

// How long the rest will take: the running one its cell's mean so far, all others the mean of all.
class TimeEstimate {
 public:
  void Add(const std::string& cell, double wall_s);
  // Negative where nothing is known yet. `left`: runs that haven't started.
  double Remaining(int64_t left, const std::string& running_cell, double running_s) const;

 private:
  struct Mean {
    double sum = 0;
    int64_t count = 0;
  };
  std::map<std::string, Mean> cells_;
  Mean all_;
};

}  // namespace ablate
