#include <iostream>
#include <memory>

#include "harness/cli/cell_checks.h"
#include "harness/cli/commands.h"
#include "harness/plan/plan.h"
#include "harness/plan/plan_text.h"
#include "harness/plan/suite.h"

namespace ablate {

void AddPlanCommand(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("plan", "Show what a suite runs, and check it; runs nothing");
  const auto suite_file = std::make_shared<std::string>();
  command->add_option("SUITE", *suite_file, "Suite file")->required();
  command->callback([=, &action] {
    action = [=] {
      const Suite suite = LoadSuite(*suite_file);
      const Plan plan = MakePlan(suite);
      CheckPlan(suite, plan);
      std::cout << DescribePlan(suite, plan);
      return kDone;
    };
  });
}

}  // namespace ablate
