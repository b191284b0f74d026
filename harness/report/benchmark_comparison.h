// Whether micro-benchmarks became slower: `ablate bench --compare`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/benchmarks.h"
#include "harness/report/comparison.h"

namespace ablate {

struct ComparedBenchmark {
  enum class Verdict { kWithin, kSlower, kOpen };
  std::string name;
  int64_t before = 0, now = 0;             // repetitions that have a time
  std::string error = {};                  // of the new ones; empty: all have one
  std::optional<double> ratio, low, high;  // new time / old time, 95% limits
  // That it is no more than the margin slower, one-sided, adjusted over all benchmarks (Holm).
  std::optional<double> p_holm;
  Verdict verdict = Verdict::kOpen;
};
std::string_view Name(ComparedBenchmark::Verdict verdict);  // within | slower | open

struct BenchmarkComparison {
  double max_regression = 0;  // 0.05: 5%
  GateVerdict verdict = GateVerdict::kInconclusive;
  std::vector<ComparedBenchmark> benchmarks;  // of the old file, in its order
  std::vector<std::string> missing, added;    // by name
  std::vector<std::string> never_ran = {};    // old ones without any time: nothing to compare with
};

// Pairs benchmarks by name and compares the logarithms of their repetitions' times by Welch's t
// (1947): unequal variances, Satterthwaite's degrees of freedom. Slower: Holm's adjusted p is below
// 2.5%. Within: the upper limit is within the margin. Open: neither; fewer than two repetitions on
// a side; no variance on either, which measures no doubt (neither limits nor p then); or a new
// repetition failed and the others are not slower. kRegression where one is slower; kPass where all
// are within and none is missing; else kInconclusive.
BenchmarkComparison CompareBenchmarks(const Benchmarks& before, const Benchmarks& now,
                                      double max_regression);

// What of the contexts differs that times depend on: device, threads, processors; a line each.
std::vector<std::string> DifferingContexts(const nlohmann::json& before, const nlohmann::json& now);

// Markdown, the verdict first.
std::string RenderComparison(const BenchmarkComparison& comparison);
// {schema_version, verdict, max_regression, benchmarks [{name, repetitions {before, now}, ratio,
// low, high, p_holm, verdict, error}], missing, added, never_ran}
nlohmann::ordered_json ToJson(const BenchmarkComparison& comparison);

}  // namespace ablate
