#include <iostream>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/folders.h"
#include "harness/run/merge.h"

namespace ablate {
namespace {

struct Flags {
  std::vector<std::string> shards;
  std::string output;
};

int Merge(const Flags& flags) {
  const Merged merged =
      MergeShards({flags.shards.begin(), flags.shards.end()}, std::filesystem::path(flags.output));
  for (const std::string& warning : merged.warnings) std::cerr << "warning: " << warning << "\n";
  for (const std::string& note : merged.notes) std::cout << "note: " << note << "\n";
  std::cout << merged.records << " records of " << merged.runs << " runs are now in "
            << Shown(flags.output) << "; ablate report " << Shown(flags.output)
            << " renders their report" << std::endl;
  return kDone;
}

}  // namespace

void AddMergeCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "merge",
      "Put shards of one suite (run --shard) together that were run on several machines of one "
      "kind");
  const auto flags = std::make_shared<Flags>();
  command->add_option("SHARD", flags->shards, "Results folders; they stay as they are")
      ->required()
      ->expected(2, 1 << 20);
  command->add_option("--output", flags->output, "New results folder for all of them")->required();
  command->callback([=, &action] { action = [=] { return Merge(*flags); }; });
}

}  // namespace ablate
