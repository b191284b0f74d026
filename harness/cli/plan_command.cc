#include <algorithm>
#include <iostream>
#include <memory>

#include "harness/cli/calibration.h"
#include "harness/cli/cell_checks.h"
#include "harness/cli/commands.h"
#include "harness/cli/folders.h"
#include "harness/plan/plan.h"
#include "harness/plan/plan_text.h"
#include "harness/plan/suite.h"
#include "harness/report/forecast.h"
#include "harness/run/format.h"
#include "harness/run/store.h"
#include "model/error.h"

namespace ablate {
namespace {

struct Flags {
  std::string suite, results;
  bool calibrate = false;
};

// A plan is worth having without them.
std::vector<Record> EarlierRecords(const std::filesystem::path& results) {
  try {
    return ReadRecordLog(results).records;
  } catch (const Error& error) {
    std::cerr << "note: earlier records are left aside: " << error.what() << std::endl;
    return {};
  }
}

std::string UpperBound(const Plan& plan, double longest_s, const std::string& source) {
  const double all_s = longest_s * static_cast<double>(plan.runs.size());
  return "time\n  at most " + FormatDuration(all_s) + ", if each of " +
         FormatGrouped(static_cast<int64_t>(plan.runs.size())) + " runs takes " +
         FormatDuration(longest_s) + ", " + source + "\n";
}

std::string TimeText(const Flags& flags, const Suite& suite, const Plan& plan,
                     const std::vector<Record>& records) {
  if (const auto forecast = ForecastTime(plan, records)) return DescribeTime(*forecast);
  if (flags.calibrate) {
    return UpperBound(plan, CalibratedRun(suite),
                      "as the baseline does that trains for target.max_epochs or max_seconds, by a "
                      "short run of it");
  }
  return UpperBound(
      plan, suite.base.target.max_seconds,
      "its target.max_seconds; there are no earlier records, and --calibrate measures");
}

int ShowPlan(const Flags& flags) {
  const Suite suite = LoadSuite(flags.suite);
  const Plan plan = MakePlan(suite);
  CheckPlan(suite, plan);
  const std::vector<Record> records =
      EarlierRecords(ResultsFolder(flags.suite, suite.name, flags.results));
  std::cout << DescribePlan(suite, plan)
            << DescribePower(suite, SpreadOfContrasts(suite, plan, records)) << std::flush;
  std::cout << TimeText(flags, suite, plan, records) << std::flush;
  return kDone;
}

}  // namespace

void AddPlanCommand(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("plan",
                         "Show what a suite runs, how long that takes and what it can show, and "
                         "check it");
  const auto flags = std::make_shared<Flags>();
  command->add_option("SUITE", flags->suite, "Suite file")->required();
  command->add_flag("--calibrate", flags->calibrate,
                    "Where there are no earlier records, train the baseline for a few seconds to "
                    "tell how long the suite takes at most");
  command->add_option("--results", flags->results,
                      "Where earlier records are; default: results/<suite> beside suites/");
  command->callback([=, &action] { action = [=] { return ShowPlan(*flags); }; });
}

}  // namespace ablate
