#include "harness/plan/plan_text.h"

#include <algorithm>

#include "harness/plan/cell_name.h"
#include "harness/plan/claims.h"
#include "harness/plan/nearest.h"
#include "harness/plan/settings_fields.h"

namespace ablate {
namespace {

constexpr size_t kShownCells = 48;
constexpr size_t kShownRuns = 12;
constexpr size_t kShownSeeds = 20;
constexpr size_t kShownLevels = 12;

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string Right(size_t number, size_t width) {
  const std::string text = std::to_string(number);
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string Count(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// The first words, and how many more there are.
std::string First(const std::vector<std::string>& words, size_t most) {
  std::vector<std::string> shown(
      words.begin(), words.begin() + static_cast<ptrdiff_t>(std::min(most, words.size())));
  if (words.size() > most) shown.push_back("and " + std::to_string(words.size() - most) + " more");
  return Join(shown, "  ");
}

std::string More(size_t count, size_t most) {
  return count > most ? "  and " + std::to_string(count - most) + " more\n" : "";
}

// Without ".0".
std::string ValueText(const nlohmann::json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (value.is_number_float() && text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string DescribeTarget(const TargetSettings& target) {
  return "  " + target.metric + " down to " + ValueText(target.value) + ", within " +
         ValueText(target.max_epochs) + " epochs and " + ValueText(target.max_seconds) +
         " s of training\n";
}

std::string DescribeFactor(const Factor& factor, size_t width) {
  std::vector<std::string> labels;
  for (const FactorLevel& level : factor.levels) labels.push_back(level.label);
  labels[factor.baseline] += "*";
  return "  " + Padded(factor.name, width) + "  " + First(labels, kShownLevels) + "\n";
}

bool IsFactor(const Suite& suite, const std::string& name) {
  return std::any_of(suite.factors.begin(), suite.factors.end(),
                     [&](const Factor& factor) { return factor.name == name; });
}

// "  model       d_model 512, layers 6, …": the settings of a section that are no factor.
std::string DescribeSection(const Section& section, const Suite& suite) {
  std::vector<std::string> settings;
  for (const Field& field : section.fields) {
    if (IsFactor(suite, PathOf(section, field)) || !Belongs(section, field, suite.base)) continue;
    const nlohmann::json value = field.get(suite.base);
    if (!value.is_null()) settings.push_back(field.name + " " + ValueText(value));
  }
  if (settings.empty()) return "";
  return "  " + Padded(section.name.empty() ? "other" : section.name, 10) + "  " + Join(settings) +
         "\n";
}

std::string DescribeFixed(const Suite& suite) {
  std::string text = "fixed\n";
  for (const Section& section : SettingsSections()) text += DescribeSection(section, suite);
  for (const auto& [technique, level] : suite.base.techniques.items()) {
    if (IsFactor(suite, technique)) continue;
    text += "  " + Padded(technique, 10) + "  " + level.at("name").get<std::string>();
    for (const auto& [option, value] : level.items())
      if (option != "name") text += ", " + option + " " + ValueText(value);
    text += "\n";
  }
  return text;
}

std::string DescribeCells(const Suite& suite, const Plan& plan) {
  std::string text = "cells (* baseline)\n";
  const size_t shown = std::min(plan.cells.size(), kShownCells);
  for (size_t i = 0; i < shown; ++i) {
    const Cell& cell = plan.cells[i];
    text += Right(i + 1, 5) + "  " + cell.cell_id + "  " + DisplayName(suite, cell.factors) +
            (cell.baseline ? "*" : "") + (cell.skip_reason.empty() ? "" : "  (excluded)") +
            (cell.processes > 1 ? "  (" + std::to_string(cell.processes) + " processes)" : "") +
            "\n";
  }
  return text + More(plan.cells.size(), kShownCells);
}

std::string DescribeExcluded(const Suite& suite, const Plan& plan) {
  std::string text;
  size_t excluded = 0;
  for (const Cell& cell : plan.cells) {
    if (cell.skip_reason.empty() || ++excluded > kShownCells) continue;
    text += "  " + DisplayName(suite, cell.factors) + ": " + cell.skip_reason + "\n";
  }
  if (excluded == 0) return "";
  return "excluded (" + Count(excluded, "cell") + ")\n" + text + More(excluded, kShownCells);
}

std::string DescribeRuns(const Suite& suite, const Plan& plan) {
  std::string text = "order (cells of a seed are shuffled)\n";
  const size_t shown = std::min(plan.runs.size(), kShownRuns);
  for (size_t i = 0; i < shown; ++i) {
    const PlannedRun& run = plan.runs[i];
    text += Right(i + 1, 5) + "  seed " + std::to_string(run.seed) + "  " +
            DisplayName(suite, plan.cells[run.cell].factors) + "\n";
  }
  return text + More(plan.runs.size(), kShownRuns);
}

std::string DescribeClaims(const Suite& suite, const Plan& plan) {
  std::string text;
  for (const std::string& claim : UnsupportedClaims(suite, plan)) text += "  " + claim + "\n";
  return text.empty() ? "" : "what it cannot show\n" + text;
}

std::string DescribeSize(const Suite& suite, const Plan& plan) {
  const auto skipped =
      static_cast<size_t>(std::count_if(plan.cells.begin(), plan.cells.end(), [](const Cell& cell) {
        return !cell.skip_reason.empty();
      }));
  const size_t cells = plan.cells.size() - skipped;
  return suite.name + ": " + Count(cells, "cell") + " x " + Count(suite.seeds.size(), "seed") +
         " = " + Count(plan.runs.size(), "run") + ", design " + std::string(Name(suite.design)) +
         ", device " + suite.device + "\n";
}

}  // namespace

std::string DescribePlan(const Suite& suite, const Plan& plan) {
  std::string text = DescribeSize(suite, plan);
  if (!suite.description.empty()) text += "  " + suite.description + "\n";
  text += "target\n" + DescribeTarget(suite.base.target);
  text += "factors (* baseline)\n";
  size_t width = 0;
  for (const Factor& factor : suite.factors) width = std::max(width, factor.name.size());
  for (const Factor& factor : suite.factors) text += DescribeFactor(factor, width);
  std::vector<std::string> seeds;
  for (const uint64_t seed : suite.seeds) seeds.push_back(std::to_string(seed));
  text += "seeds\n  " + First(seeds, kShownSeeds) + "\n" + DescribeFixed(suite);
  return text + DescribeCells(suite, plan) + DescribeExcluded(suite, plan) +
         DescribeRuns(suite, plan) + DescribeClaims(suite, plan);
}

}  // namespace ablate
