// What the driver and a worker say to each other.
//
// The driver starts `ablate-worker --config FILE`. FILE is a WorkerConfig as JSON. The worker
// writes JSON lines to the file descriptor that the environment variable ABLATE_PROGRESS_FD names
// (none: it writes no progress). At least every 2 s, from a thread of its own:
//
//   {"event": "heartbeat", "phase": "setup"}
//
// and at each reading of the loss an event with the values that it has by then, or null:
//
//   {"event": "progress", "phase": "train", "update": 120, "examples": 3840, "train_s": 3.2,
//    "train_loss": 2.9, "valid_loss": null, "target_tokens_per_s": 9120.5,
//    "learning_rate": 0.001}
//
// It leaves in `run_dir`, each by rename: curve.csv, and last run.json, the Record with the further
// keys "samples": [{"source": …, "reference": …, "translation": …}], and "complete": false where
// the training is over, its result stands, and what a record can do without (the last validation
// loss, translations) is still to come; both files are then left once more. stdout and stderr go to
// log.txt (the driver sees to it). Exit code 0: run.json holds the outcome, whatever it is.
// Anything else: the driver writes the record, unless a result stands in run.json (outcome.h).
//
// Of a run on several processes each is started so, with torchrun's variables RANK, WORLD_SIZE,
// LOCAL_RANK, MASTER_ADDR and MASTER_PORT. Rank 0 alone writes progress, curve.csv and run.json.
// Rank r > 0 that fails by itself leaves rank-<r>.json,
//
//   {"status": "failed" | "out_of_memory" | "invalid", "reason": …, "memory": {…}}
//
// (invalid: out of memory, on a GPU that another process used) with memory as in a Record, of this
// process alone, and exits with another code than 0, upon which the driver ends the others.
//
// `ablate-worker --environment [--device D] [--without-rates]` prints a JSON object with what only
// LibTorch and CUDA know. distributed: by which backends several processes can talk; devices: GPUs
// that are here; matrix_flops_per_s is measured, which takes a second, or left out:
//
//   {"libtorch": "2.11.0", "device": "cpu", "threads": 2, "cpu_capability": "AVX512",
//    "cuda": null | {"name", "uuid", "driver", "runtime", "cudnn", "nccl", "memory_bytes",
//                    "power_limit_w", "clocks", "mig"},
//    "matrix_flops_per_s": {"fp32": …, …}, "distributed": {"gloo": true, "nccl": false},
//    "devices": 1}
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/plan/settings.h"
#include "harness/run/record.h"

namespace ablate {

struct WorkerConfig {
  Record identity;  // suite, cell, factors, seed, block, position, ids, environment, attempts
  Settings settings;
  std::string device;                    // cpu | cuda, resolved
  int64_t threads = 0;                   // CPU threads inside operations; 0: all cores
  std::filesystem::path encoded_corpus;  // model/data/encoded_corpus.h
  std::filesystem::path run_dir;
  bool profile = false;  // bracket the train phase by cudaProfilerStart/Stop
  // The device's measured matrix rate by number format, FLOP/s ("fp32", "tf32", "bf16", "fp16");
  // for mfu. May be empty.
  nlohmann::json matrix_flops_per_s;
};

nlohmann::json ToJson(const WorkerConfig& config);
WorkerConfig WorkerConfigFromJson(const nlohmann::json& json);

}  // namespace ablate
