// Shards of one suite, run on several machines, put together in one results folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ablate {

struct Merged {
  size_t records = 0;                 // lines of the new records.jsonl: all lines of all shards
  size_t runs = 0;                    // that they are of
  std::vector<std::string> notes;     // what differs between the shards and was accepted
  std::vector<std::string> warnings;  // torn last lines that were left out
};

// Writes into `output`, which is absent or empty, what `shards` hold: every record, the folder of
// every run, every environment. The shards are locked meanwhile and stay as they are; `output` is
// there whole or not at all. Records of a shard that was run on another card, or another machine,
// than the first get a note. Seeds that only some shards list come last, in their order, and
// `block` counts anew.
//
// Throws Error where the shards' suites differ in more than seeds and description, where a seed
// block was measured in more than one of them, or where MachineDifferences has something to refuse.
Merged MergeShards(const std::vector<std::filesystem::path>& shards,
                   const std::filesystem::path& output);

// What two environment.json differ in, each as "driver: 550.54 there, 570.86 here".
struct MachineDifferences {
  std::vector<std::string> refused;  // worker, device, model of CPU and card, driver, libraries, …
  std::vector<std::string> accepted;  // which card and which host it was, and its system
};
MachineDifferences CompareMachines(const nlohmann::json& there, const nlohmann::json& here);

}  // namespace ablate
