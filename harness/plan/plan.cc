#include "harness/plan/plan.h"

#include <memory>
#include <unordered_map>

#include "harness/plan/cells.h"
#include "harness/plan/configuration_text.h"
#include "harness/plan/place.h"
#include "model/data/sha256.h"
#include "model/random.h"

namespace ablate {
namespace {

constexpr size_t kCellIdDigits = 12;

std::string CellId(const std::string& configuration) {
  return Sha256Hex(configuration).substr(0, kCellIdDigits);
}

// Cells that are run get theirs first, so that an excluded duplicate gives way.
void GiveIds(const Suite& suite, std::vector<Cell>& cells) {
  ConfigurationText configuration(suite);
  std::unordered_map<std::string, const Cell*> taken;
  taken.reserve(cells.size());
  for (Cell& cell : cells) {
    cell.cell_id = CellId(configuration.Of(cell.levels));
    if (!cell.skip_reason.empty()) continue;
    const auto [other, is_new] = taken.emplace(cell.cell_id, &cell);
    if (!is_new)
      FailAt(suite, "matrix",
             "the cells " + other->second->name + " and " + cell.name +
                 " have the same configuration; leave a level out, or exclude "
                 "one of them");
  }
  for (Cell& cell : cells) {
    if (cell.skip_reason.empty()) continue;
    if (!taken.emplace(cell.cell_id, &cell).second)
      cell.cell_id = CellId(configuration.Of(cell.levels) + cell.name);
  }
}

void AddBlock(uint64_t seed, int64_t block, std::vector<size_t> order, Plan& plan) {
  Random(seed, "block").Shuffle(order);
  for (size_t position = 0; position < order.size(); ++position)
    plan.runs.push_back(
        {.cell = order[position],
         .seed = seed,
         .block = block,
         .position = static_cast<int64_t>(position),
         .run_id = plan.cells[order[position]].cell_id + "-s" + std::to_string(seed)});
}

}  // namespace

Plan MakePlan(const Suite& suite) {
  Plan plan;
  plan.cells = MakeCells(std::make_shared<const Suite>(suite));
  GiveIds(suite, plan.cells);
  std::vector<size_t> run;
  for (size_t i = 0; i < plan.cells.size(); ++i)
    if (plan.cells[i].skip_reason.empty()) run.push_back(i);
  if (run.size() * suite.seeds.size() > kMostRuns)
    FailAt(suite, "seeds", "more than " + std::to_string(kMostRuns) + " runs; list fewer");
  plan.runs.reserve(run.size() * suite.seeds.size());
  for (size_t block = 0; block < suite.seeds.size(); ++block)
    AddBlock(suite.seeds[block], static_cast<int64_t>(block), run, plan);
  return plan;
}

}  // namespace ablate
