#include <unistd.h>

#include <iostream>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/folders.h"
#include "harness/run/format.h"
#include "model/data/corpus.h"
#include "model/data/fetch.h"

namespace ablate {
namespace {

std::string Names() {
  std::string names;
  for (const FetchedCorpus& corpus : FetchedCorpora())
    names += (names.empty() ? "" : ", ") + corpus.name;
  return names;
}

// A live line on a terminal; elsewhere nothing, since the end is told anyway.
void ShowProgress(const std::string& file, int64_t bytes, int64_t total) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::cerr << "\r" << file << ": " << FormatBytes(static_cast<double>(bytes));
  if (total > 0) std::cerr << " of " << FormatBytes(static_cast<double>(total));
  std::cerr << "\x1b[K" << std::flush;
}

}  // namespace

void AddFetchCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("fetch", "Bring a corpus into the cache");
  struct Flags {
    std::string name;
    FetchOptions options;
  };
  const auto flags = std::make_shared<Flags>();
  command->add_option("NAME", flags->name, "One of " + Names())->required();
  command->add_option(
      "--from", flags->options.from,
      "A folder, file or URL to take it from, for mirrors and machines without network");
  command->add_flag("--accept-changed", flags->options.accept_changed,
                    "Take files that differ from those fetched before");
  command->callback([=, &action] {
    action = [=] {
      flags->options.progress = ShowProgress;
      const std::filesystem::path cache = DefaultCache();
      FetchCorpus(flags->name, cache, flags->options);
      if (isatty(STDERR_FILENO) != 0) std::cerr << "\r\x1b[K";
      std::cout << flags->name << " is in " << Shown(CorpusFolder(cache, flags->name)) << std::endl;
      return kDone;
    };
  });
}

}  // namespace ablate
