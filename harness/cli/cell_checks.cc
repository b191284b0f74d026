#include "harness/cli/cell_checks.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "harness/plan/place.h"
#include "harness/run/worker_location.h"
#include "harness/train/batch_stream.h"
#include "model/error.h"

namespace ablate {
namespace {

using Cells = std::vector<const Cell*>;

void CheckProcesses(const Suite& suite, const Cell& cell, const ResolvedDevice& device) {
  const bool cuda = device.name == "cuda";
  const std::string name = cuda ? "NCCL" : "Gloo";
  const nlohmann::json distributed =
      device.environment.value("distributed", nlohmann::json::object());
  const std::string needs = std::to_string(cell.processes) + " processes need ";
  if (!distributed.value(cuda ? "nccl" : "gloo", false)) {
    FailInCell(suite, cell, "parallelism",
               needs + name + ", which this LibTorch, or this build of the worker, lacks");
  }
  const int64_t gpus = device.environment.value("devices", int64_t{0});
  if (cuda && gpus < cell.processes) {
    FailInCell(suite, cell, "parallelism",
               needs + std::to_string(cell.processes) + " GPUs, " + std::to_string(gpus) +
                   (gpus == 1 ? " is" : " are") + " here");
  }
}

// What of a cell the sentences are too long for, where RuleFor says that they are.
std::string_view TooShort(const Cell& cell, const Batching& batching, const EncodedSplit& split) {
  const int64_t most = cell.settings().model.max_length;
  const auto fits = [&](const Batching& rule) {
    try {
      RuleFor(rule, split, most);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  Batching without_budget = batching;
  without_budget.max_tokens = 0;
  if (!fits({.pad_to = Batching::PadTo::kBatchLongest})) return "model.max_length";
  return fits(without_budget) ? "batching" : "padding";
}

void CheckFits(const Suite& suite, const Cell& cell, const Batching& batching,
               const EncodedSplit& split) {
  try {
    RuleFor(batching, split, cell.settings().model.max_length);
  } catch (const Error& error) {
    FailInCell(suite, cell, TooShort(cell, batching, split), error.what());
  }
}

void CheckFits(const Suite& suite, const Cell& cell, const EncodedCorpus& corpus) {
  CheckFits(suite, cell, cell.batching, corpus.train());
  // Evaluation has batches of its own, which have to fit the model alone.
  CheckFits(suite, cell, {.pad_to = Batching::PadTo::kBatchLongest}, corpus.valid());
}

Cells CellsThatRun(const Plan& plan, bool (*which)(const Cell&)) {
  Cells cells;
  for (const Cell& cell : plan.cells) {
    if (cell.skip_reason.empty() && which(cell)) cells.push_back(&cell);
  }
  return cells;
}

bool NeedsDevice(const Cell& cell) {
  return cell.processes > 1 || !cell.cpu_only.empty() || !cell.gpu_only.empty() || cell.graph;
}

void CheckReplicas(const Suite& suite, const Cell& cell, const ResolvedDevice& device) {
  const int64_t threads = device.environment.value("threads", cell.replicas);
  if (cell.replicas <= threads) return;
  FailInCell(suite, cell, "replicas",
             std::to_string(cell.replicas) + " replicas need a thread each, and there " +
                 (threads == 1 ? "is " : "are ") + std::to_string(threads) +
                 " here; take a smaller count");
}

bool LimitsSentences(const Cell& cell) {
  return cell.batching.max_tokens > 0 || cell.batching.pad_to == Batching::PadTo::kLength;
}

void NotChecked(const std::string& what, const Error& why) {
  std::cerr << "note: not checked is " << what << ": " << why.what() << std::endl;
}

std::optional<ResolvedDevice> DeviceAtHand(const Suite& suite) {
  try {
    return ResolveDevice(FindWorker(), suite.device, MatrixRates::kLeftOut);
  } catch (const Error& error) {
    NotChecked("whether this device can train every cell", error);
    return std::nullopt;
  }
}

// Those of `cells` whose corpus can be had without a download.
Cells WithCorpus(const Cells& cells, EncodedCorpora& corpora) {
  Cells with;
  bool told = false;
  for (const Cell* cell : cells) {
    try {
      corpora.Get(cell->settings());
      with.push_back(cell);
    } catch (const Error& error) {
      if (!told) NotChecked("whether every sentence fits", error);
      told = true;
    }
  }
  return with;
}

}  // namespace

Cells CellsOf(const Plan& plan, const std::vector<PlannedRun>& runs) {
  std::set<size_t> indices;
  for (const PlannedRun& run : runs) indices.insert(run.cell);
  Cells cells;
  for (const size_t index : indices) cells.push_back(&plan.cells[index]);
  return cells;
}

void CheckDevice(const Suite& suite, const Cells& cells, const ResolvedDevice& device) {
  for (const Cell* cell : cells) {
    if (cell->processes > 1) CheckProcesses(suite, *cell, device);
    if (!cell->cpu_only.empty() && device.name != "cpu") {
      FailInCell(suite, *cell, cell->cpu_only,
                 "is for CPUs alone, and the suite's device is " + device.name +
                     R"(; take the baseline's level, or "device": "cpu")");
    }
    if (!cell->gpu_only.empty() && device.name == "cpu") {
      FailInCell(suite, *cell, cell->gpu_only,
                 "float16 with padding \"packed\" or kernels \"fused\" is for GPUs alone, and the "
                 "suite's device is cpu; take precision's \"bf16\", or the baseline's levels");
    }
    if (cell->graph && device.name != "cuda") {
      FailInCell(suite, *cell, "graph",
                 "graphs are CUDA's, and the suite's device is " + device.name +
                     R"(; take "graph": "off", or "device": "cuda")");
    }
    CheckReplicas(suite, *cell, device);
  }
}

void CheckSentences(const Suite& suite, const Cells& cells, EncodedCorpora& corpora) {
  for (const Cell* cell : cells) CheckFits(suite, *cell, corpora.Map(cell->settings()));
}

void CheckPlan(const Suite& suite, const Plan& plan) {
  const Cells particular = CellsThatRun(plan, NeedsDevice);
  if (!particular.empty()) {
    if (const auto device = DeviceAtHand(suite)) CheckDevice(suite, particular, *device);
  }
  const Cells limited = CellsThatRun(plan, LimitsSentences);
  EncodedCorpora corpora(suite.folder);
  CheckSentences(suite, WithCorpus(limited, corpora), corpora);
}

}  // namespace ablate
