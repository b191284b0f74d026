#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/export.h"
#include "harness/cli/suite_run.h"

namespace ablate {
namespace {

// Texts are read when the command is chosen, so that their errors are ours.
struct Texts {
  RunFlags flags;
  std::string seeds, shard;
  double timeout_s = 0;
};

void AddSelection(CLI::App& command, Texts& texts) {
  command.add_option(
      "--filter", texts.flags.selection.filter,
      "Only these cells: factor=level, a comma means and, a bar between levels means or, as in\n"
      "padding=dynamic|bucketed,precision=amp");
  command.add_option("--seeds", texts.seeds,
                     "Only these seeds, as in 1,2,5-8; ones that the suite lacks are added");
  command.add_option("--shard", texts.shard,
                     "Only part I of N, as in 1/3: every N-th seed block, whole");
}

void AddBehaviour(CLI::App& command, RunFlags& flags, Texts& texts) {
  command.add_flag("--dry-run", flags.dry_run, "Say what would be run, and run nothing");
  command.add_flag("--fresh", flags.fresh, "Move earlier results aside and start anew");
  command.add_flag(
      "--retry-failed", flags.retry_failed,
      "Start a run that fails or times out again at once, at most twice, as is done of "
      "itself where the fault is known to be transient; a later call does so anyway");
  command.add_flag("--fail-fast", flags.fail_fast,
                   "End with the first run that fails, times out or stays invalid");
  command
      .add_option("--timeout", texts.timeout_s,
                  "Seconds for a whole run; default: 2 x target.max_seconds + 600")
      ->check(CLI::PositiveNumber);
  command.add_option("--device", flags.device, "Instead of the suite's")
      ->check(CLI::IsMember({"cpu", "cuda", "auto"}));
}

void AddOutput(CLI::App& command, RunFlags& flags) {
  command.add_option("--results", flags.results,
                     "Results folder; default: results/<suite> beside suites/");
  command.add_flag("--no-report", flags.no_report, "Render no report");
  AddExportOption(command, flags.exports);
}

}  // namespace

void AddRunCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "run",
      "Run what a suite asks for and has no record yet, then render the report (the default)");
  const auto texts = std::make_shared<Texts>();
  command->add_option("SUITE", texts->flags.suite, "Suite file")->required();
  AddSelection(*command, *texts);
  AddBehaviour(*command, texts->flags, *texts);
  AddOutput(*command, texts->flags);
  command->callback([=, &action] {
    action = [=] {
      RunFlags flags = texts->flags;
      if (!texts->seeds.empty()) flags.selection.seeds = ParseSeeds(texts->seeds);
      if (!texts->shard.empty()) ParseShard(texts->shard, flags.selection);
      if (texts->timeout_s > 0) flags.timeout_s = texts->timeout_s;
      return RunSuite(flags);
    };
  });
}

}  // namespace ablate
