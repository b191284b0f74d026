#include "harness/report/benchmark_comparison.h"

#include <algorithm>
#include <cmath>

#include "harness/plan/nearest.h"
#include "harness/report/format.h"
#include "harness/report/markdown.h"
#include "harness/report/multiplicity.h"
#include "harness/report/statistics.h"

namespace ablate {
namespace {

using Json = nlohmann::ordered_json;
using Verdict = ComparedBenchmark::Verdict;

constexpr int kSchemaVersion = 1;
constexpr double kTail = (1 - kConfidence) / 2;

std::vector<double> Logarithms(const std::vector<double>& values) {
  std::vector<double> logarithms;
  for (const double value : values) logarithms.push_back(std::log(value));
  return logarithms;
}

// A difference of means with its standard error.
struct Difference {
  double mean = 0, error = 0, degrees = 0;
};

// None where a side has fewer than two times, or neither has variance.
std::optional<Difference> Welch(const std::vector<double>& before, const std::vector<double>& now) {
  const auto a = SpreadOf(before), b = SpreadOf(now);
  if (!a || !b) return std::nullopt;
  const double old_mean = MeanInterval(before).mean, new_mean = MeanInterval(now).mean;
  if (IsZero(*a, old_mean) && IsZero(*b, new_mean)) return std::nullopt;
  const double va = a->deviation * a->deviation / static_cast<double>(before.size());
  const double vb = b->deviation * b->deviation / static_cast<double>(now.size());
  const double degrees = (va + vb) * (va + vb) / (va * va / a->degrees + vb * vb / b->degrees);
  return Difference{new_mean - old_mean, std::sqrt(va + vb), degrees};
}

// That the truth is no more than the margin.
double OneSidedP(const Difference& difference, double margin) {
  return StudentTCdf((margin - difference.mean) / difference.error, difference.degrees);
}

ComparedBenchmark CompareOne(const Benchmark& before, const Benchmark& now, double margin,
                             std::optional<double>& p) {
  ComparedBenchmark compared;
  compared.name = before.name;
  compared.before = static_cast<int64_t>(before.seconds.size());
  compared.now = static_cast<int64_t>(now.seconds.size());
  compared.error = now.error;
  if (before.seconds.empty() || now.seconds.empty()) return compared;
  const auto old_logs = Logarithms(before.seconds), new_logs = Logarithms(now.seconds);
  compared.ratio = std::exp(MeanInterval(new_logs).mean - MeanInterval(old_logs).mean);
  const auto difference = Welch(old_logs, new_logs);
  if (!difference) return compared;
  const double width = StudentTQuantile(1 - kTail, difference->degrees) * difference->error;
  compared.low = std::exp(difference->mean - width);
  compared.high = std::exp(difference->mean + width);
  p = OneSidedP(*difference, margin);
  const bool within = std::log(*compared.high) <= margin;
  if (within && now.error.empty()) compared.verdict = Verdict::kWithin;
  return compared;
}

const Benchmark* Find(const Benchmarks& benchmarks, const std::string& name) {
  const auto found = std::ranges::find(benchmarks.list, name, &Benchmark::name);
  return found == benchmarks.list.end() ? nullptr : &*found;
}

GateVerdict Judge(const BenchmarkComparison& comparison) {
  const auto is = [](Verdict verdict) {
    return [verdict](const ComparedBenchmark& b) { return b.verdict == verdict; };
  };
  if (std::ranges::any_of(comparison.benchmarks, is(Verdict::kSlower))) {
    return GateVerdict::kRegression;
  }
  const bool all = std::ranges::all_of(comparison.benchmarks, is(Verdict::kWithin));
  return all && !comparison.benchmarks.empty() && comparison.missing.empty()
             ? GateVerdict::kPass
             : GateVerdict::kInconclusive;
}

std::string TextAt(const nlohmann::json& context, const char* key) {
  const auto found = context.find(key);
  if (found == context.end()) return "none";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string Times(const std::optional<double>& ratio) {
  return ratio ? Fixed(*ratio, 3) + "x" : kAbsent;
}

Json Or(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

std::string_view Name(Verdict verdict) {
  if (verdict == Verdict::kWithin) return "within";
  return verdict == Verdict::kSlower ? "slower" : "open";
}

BenchmarkComparison CompareBenchmarks(const Benchmarks& before, const Benchmarks& now,
                                      double max_regression) {
  const double margin = std::log1p(max_regression);
  BenchmarkComparison comparison;
  comparison.max_regression = max_regression;
  std::vector<std::optional<double>> p_values;
  for (const Benchmark& old : before.list) {
    if (old.seconds.empty()) {
      comparison.never_ran.push_back(old.name);
      continue;
    }
    const Benchmark* found = Find(now, old.name);
    if (found == nullptr) {
      comparison.missing.push_back(old.name);
      continue;
    }
    p_values.emplace_back();
    comparison.benchmarks.push_back(CompareOne(old, *found, margin, p_values.back()));
  }
  const auto adjusted = HolmAdjusted(p_values);
  for (size_t i = 0; i < adjusted.size(); ++i) {
    ComparedBenchmark& compared = comparison.benchmarks[i];
    compared.p_holm = adjusted[i];
    if (adjusted[i] && *adjusted[i] < kTail) compared.verdict = Verdict::kSlower;
  }
  for (const Benchmark& benchmark : now.list) {
    if (Find(before, benchmark.name) == nullptr) comparison.added.push_back(benchmark.name);
  }
  comparison.verdict = Judge(comparison);
  return comparison;
}

std::vector<std::string> DifferingContexts(const nlohmann::json& before,
                                           const nlohmann::json& now) {
  std::vector<std::string> differences;
  for (const char* key : {"device", "threads", "num_cpus", "library_build_type"}) {
    const std::string a = TextAt(before, key), b = TextAt(now, key);
    if (a != b) differences.push_back(std::string(key) + ": " + a + " there, " + b + " here");
  }
  return differences;
}

std::string RenderComparison(const BenchmarkComparison& comparison) {
  std::string text = "## Micro-benchmarks: " + std::string(Name(comparison.verdict)) + "\n\n" +
                     Times(1 + comparison.max_regression) + " the old time is allowed.\n\n";
  std::vector<ComparedBenchmark> worst_first = comparison.benchmarks;
  std::ranges::stable_sort(worst_first, std::greater(),
                           [](const ComparedBenchmark& b) { return b.ratio.value_or(0); });
  Table table({"Benchmark", ">Repetitions", ">New / old", ">95% limits", ">p (Holm)", ""});
  for (const ComparedBenchmark& b : worst_first) {
    const std::string limits = b.low ? Times(b.low) + " to " + Times(b.high) : kAbsent;
    const std::string error = b.error.empty() ? "" : ": " + Escape(b.error);
    table.AddRow({Escape(b.name), std::to_string(b.before) + ", " + std::to_string(b.now),
                  Times(b.ratio), limits, PValue(b.p_holm), std::string(Name(b.verdict)) + error});
  }
  if (!table.empty()) text += table.ToString() + "\n";
  if (!comparison.missing.empty()) {
    text += "Missing among the new ones: " + Escape(Join(comparison.missing)) + ".\n\n";
  }
  if (!comparison.added.empty()) {
    text += "Only among the new ones: " + Escape(Join(comparison.added)) + ".\n\n";
  }
  if (!comparison.never_ran.empty()) {
    text += "Without any time among the old ones, so not compared: " +
            Escape(Join(comparison.never_ran)) + ".\n\n";
  }
  return text +
         "Welch's t over the logarithms of the repetitions' times. *slower*: beyond what is "
         "allowed, by a one-sided test at 2.5% that Holm adjusts over all benchmarks. *within*: "
         "the upper limit is allowed. *open*: neither, since there are too few repetitions, they "
         "do not vary at all, or some failed.\n";
}

Json ToJson(const BenchmarkComparison& comparison) {
  Json json = {{"schema_version", kSchemaVersion},
               {"verdict", Name(comparison.verdict)},
               {"max_regression", comparison.max_regression}};
  json["benchmarks"] = Json::array();
  for (const ComparedBenchmark& b : comparison.benchmarks) {
    json["benchmarks"].push_back({{"name", b.name},
                                  {"repetitions", {{"before", b.before}, {"now", b.now}}},
                                  {"ratio", Or(b.ratio)},
                                  {"low", Or(b.low)},
                                  {"high", Or(b.high)},
                                  {"p_holm", Or(b.p_holm)},
                                  {"verdict", Name(b.verdict)},
                                  {"error", b.error.empty() ? Json(nullptr) : Json(b.error)}});
  }
  json["missing"] = comparison.missing;
  json["added"] = comparison.added;
  json["never_ran"] = comparison.never_ran;
  return json;
}

}  // namespace ablate
