// What a Google Benchmark program measured: its JSON, read.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ablate {

// One benchmark with all of its repetitions. Rates are means over them, a second of real time.
struct Benchmark {
  std::string name;             // "Loss/projection/fused/vocabulary:8000/real_time"
  std::vector<double> seconds;  // an iteration of real time, one a repetition
  std::optional<double> tokens_per_s, bytes_per_s, flops_per_s;
  std::string error;  // why it, or a repetition of it, did not run; empty: all did
};

struct Benchmarks {
  nlohmann::json context;  // of the program: date, processors, device, threads
  std::vector<Benchmark> list;
};

// Reads the program's --benchmark_out. A repetition that failed or was skipped is no time, whatever
// stands in it. Where a file holds aggregates alone, the median (else the mean) is the one
// repetition. Throws Error, naming `file`, where it is no such JSON.
Benchmarks ParseBenchmarks(const std::string& text, const std::filesystem::path& file);

// A benchmark by the convention <family>/<operation>/<variant>/<arguments>. `variant` is a name
// that stands in place of another benchmark's "reference", or "reference" itself; a benchmark
// without such a sibling has none, and all of its name is the operation.
struct BenchmarkName {
  std::string operation;  // with arguments: "Loss/projection, vocabulary:8000"
  std::string variant;
  std::optional<size_t> reference;  // index of the sibling; none for the reference itself
};
std::vector<BenchmarkName> NamesOf(const std::vector<Benchmark>& benchmarks);

// The geometric mean over repetitions; absent for a benchmark that did not run.
std::optional<double> MeanSeconds(const Benchmark& benchmark);

}  // namespace ablate
