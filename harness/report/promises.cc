#include "harness/report/promises.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/report/equivalence.h"

namespace ablate {
namespace {

using Verdict = EquivalenceCheck::Verdict;

// Techniques that change how the same numbers are worked out.
constexpr std::array<std::string_view, 2> kSameCurve = {"checkpointing", "loading"};

Verdict VerdictOf(Equivalence equivalence) {
  if (equivalence == Equivalence::kEquivalent) return Verdict::kEquivalent;
  return equivalence == Equivalence::kDifferent ? Verdict::kDifferent : Verdict::kInconclusive;
}

std::optional<size_t> LevelNamed(const Factor& factor, const std::string& name) {
  for (size_t i = 0; i < factor.levels.size(); ++i) {
    const nlohmann::json& level = factor.levels[i].value;
    if (level.is_object() && level.value("name", "") == name) return i;
  }
  return std::nullopt;
}

EquivalenceCheck MakeCheck(const Factor& factor, size_t level, size_t against) {
  EquivalenceCheck check;
  check.factor = factor.name;
  check.level = factor.levels[level].label;
  check.against = factor.levels[against].label;
  return check;
}

void TestExamples(const SeedContrasts& contrasts, double margin, EquivalenceCheck& check) {
  check.margin = margin;
  if (!contrasts.unknown.empty()) {
    check.evidence = contrasts.unknown;
    return;
  }
  const EquivalenceTest test = TestEquivalence(contrasts.logarithms, margin);
  check.ratio = test.ratio.mean;
  if (contrasts.bound != Bound::kNone) {
    check.evidence = "runs stopped before the target, so the ratio is only a bound";
    check.verdict = Verdict::kInconclusive;
  } else if (contrasts.seeds.size() < 2) {
    check.evidence = "one seed, so no interval";
  } else {
    check.low = test.ratio.low;
    check.high = test.ratio.high;
    check.verdict = VerdictOf(test.verdict);
    check.evidence = test.p ? "examples to the target, two one-sided tests"
                     : check.verdict == Verdict::kEquivalent
                         ? "the same number of examples in every seed"
                         : "the same ratio in every seed: without variance no interval";
  }
}

// The baseline's level is the one that is compared against, where it is one of the two.
void CheckPadding(const Suite& suite, size_t factor_index, const CellGrid& grid,
                  const Evidence& evidence, std::vector<EquivalenceCheck>& checks) {
  const Factor& factor = suite.factors[factor_index];
  const auto fixed = LevelNamed(factor, "static"), dynamic = LevelNamed(factor, "dynamic");
  if (!fixed || !dynamic) return;
  const bool swapped = factor.baseline == *dynamic;
  const size_t level = swapped ? *fixed : *dynamic, against = swapped ? *dynamic : *fixed;
  EquivalenceCheck check = MakeCheck(factor, level, against);
  SeedContrasts contrasts =
      ContrastsBySeed(evidence, grid.Pairs({factor_index, level}, against), ExamplesToTarget());
  const Contexts simple = grid.SimplePair({factor_index, level}, against);
  if (!contrasts.unknown.empty() && !simple.contrasts.empty()) {
    contrasts = ContrastsBySeed(evidence, simple, ExamplesToTarget());
  }
  TestExamples(contrasts, suite.equivalence_margin, check);
  checks.push_back(std::move(check));
}

// Where two runs that both trained learned something else, in words; empty where they did not.
std::string CurveDifference(const std::vector<CurvePoint>& a, const std::vector<CurvePoint>& b,
                            bool same_length) {
  const auto learned = [](const CurvePoint& point) {
    return std::tuple(point.update, point.examples, point.target_tokens, point.learning_rate,
                      point.train_loss, point.valid_loss, point.grad_norm, point.loss_scale);
  };
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (learned(a[i]) == learned(b[i])) continue;
    return "from update " + std::to_string(std::llround(std::min(a[i].update, b[i].update)));
  }
  return same_length && a.size() != b.size() ? "in their length" : "";
}

const std::vector<CurvePoint>* CurveOf(const Results& results, const Record& run) {
  const auto found = results.evidence.find(run.run_id);
  const bool has = found != results.evidence.end() && !found->second.curve.empty();
  return has ? &found->second.curve : nullptr;
}

bool OnCpu(const nlohmann::json& environment) {
  return environment.is_object() && environment.value("device", nlohmann::json()) == "cpu";
}

// Compares every pair of runs that the contexts have.
void CompareCurves(const Results& results, const Evidence& evidence, const Contexts& contexts,
                   EquivalenceCheck& check) {
  size_t compared = 0, equal = 0;
  std::string first;
  for (const CellContrast& contrast : contexts.contrasts) {
    for (const uint64_t seed : evidence.summary.seeds) {
      const auto a = evidence.runs.find({contrast.over[0], seed});
      const auto b = evidence.runs.find({contrast.under[0], seed});
      if (a == evidence.runs.end() || b == evidence.runs.end()) continue;
      const auto* curve = CurveOf(results, *a->second);
      const auto* other = CurveOf(results, *b->second);
      if (curve == nullptr || other == nullptr) continue;
      const bool both_reached =
          a->second->status == Status::kReached && b->second->status == Status::kReached;
      const std::string difference = CurveDifference(*curve, *other, both_reached);
      ++compared;
      equal += difference.empty();
      if (first.empty() && !difference.empty()) {
        first = "; " + a->second->run_id + " and " + b->second->run_id + " differ " + difference;
      }
    }
  }
  check.evidence = std::to_string(equal) + " of " + std::to_string(compared) +
                   " pairs of runs have the same curve" + first;
  if (compared == 0) {
    check.evidence = "no pair of runs has curves";
  } else if (equal == compared) {
    check.verdict = Verdict::kEquivalent;
  } else {
    check.verdict = OnCpu(results.environment) ? Verdict::kDifferent : Verdict::kInconclusive;
  }
}

}  // namespace

std::vector<EquivalenceCheck> CheckPromises(const Results& results, const CellGrid& grid,
                                            const Evidence& evidence) {
  const Suite& suite = results.suite;
  std::vector<EquivalenceCheck> checks;
  for (size_t f = 0; f < suite.factors.size(); ++f) {
    const Factor& factor = suite.factors[f];
    if (factor.name == "padding") CheckPadding(suite, f, grid, evidence, checks);
    if (std::ranges::find(kSameCurve, factor.name) == kSameCurve.end()) continue;
    for (size_t level = 0; level < factor.levels.size(); ++level) {
      if (level == factor.baseline) continue;
      EquivalenceCheck check = MakeCheck(factor, level, factor.baseline);
      CompareCurves(results, evidence, grid.Pairs({f, level}, factor.baseline), check);
      checks.push_back(std::move(check));
    }
  }
  return checks;
}

}  // namespace ablate
