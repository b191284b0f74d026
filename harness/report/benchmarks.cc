#include "harness/report/benchmarks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <string_view>

#include "harness/report/statistics.h"
#include "model/error.h"

namespace ablate {
namespace {

using nlohmann::json;

constexpr const char* kReference = "reference";
constexpr size_t kVariantPlace = 2;

double UnitOf(const json& entry) {
  const std::string unit = entry.value("time_unit", "ns");
  return unit == "s" ? 1 : unit == "ms" ? 1e-3 : unit == "us" ? 1e-6 : 1e-9;
}

std::optional<double> FirstOf(const json& entry, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = entry.find(name);
    if (found != entry.end() && found->is_number()) return found->get<double>();
  }
  return std::nullopt;
}

// Sums and counts of what is averaged over repetitions.
struct Rates {
  std::array<double, 3> sums = {};
  std::array<int, 3> counts = {};

  void Add(const json& entry) {
    const std::optional<double> values[] = {FirstOf(entry, {"tokens_per_s", "target_tokens_per_s"}),
                                            FirstOf(entry, {"bytes_per_s", "bytes_per_second"}),
                                            FirstOf(entry, {"flops_per_s", "flop_per_s"})};
    for (size_t i = 0; i < sums.size(); ++i) {
      if (!values[i]) continue;
      sums[i] += *values[i];
      ++counts[i];
    }
  }
  std::optional<double> Mean(size_t i) const {
    return counts[i] > 0 ? std::optional(sums[i] / counts[i]) : std::nullopt;
  }
};

bool IsAggregate(const json& entry) { return entry.value("run_type", "iteration") == "aggregate"; }

std::string RunName(const json& entry) {
  return entry.value("run_name", entry.at("name").get<std::string>());
}

// As Google Benchmark writes SkipWithError, and from 1.8 on SkipWithMessage.
std::string ErrorOf(const json& entry) {
  if (entry.value("error_occurred", false)) return entry.value("error_message", "it failed");
  if (entry.value("skipped", false)) return entry.value("skip_message", "it was skipped");
  return "";
}

void AddRun(const json& entry, Benchmark& benchmark, Rates& rates) {
  if (std::string error = ErrorOf(entry); !error.empty()) {
    benchmark.error = std::move(error);
    return;
  }
  const double seconds = entry.at("real_time").get<double>() * UnitOf(entry);
  if (!(seconds > 0)) return;
  benchmark.seconds.push_back(seconds);
  rates.Add(entry);
}

Benchmark Read(const std::string& name, const std::vector<const json*>& entries) {
  Benchmark benchmark{name, {}, {}, {}, {}, ""};
  Rates rates;
  for (const json* entry : entries) {
    if (!IsAggregate(*entry)) AddRun(*entry, benchmark, rates);
  }
  for (const char* aggregate : {"median", "mean"}) {
    for (const json* entry : entries) {
      const bool wanted = IsAggregate(*entry) && entry->value("aggregate_name", "") == aggregate;
      if (wanted && benchmark.seconds.empty() && benchmark.error.empty())
        AddRun(*entry, benchmark, rates);
    }
  }
  benchmark.tokens_per_s = rates.Mean(0);
  benchmark.bytes_per_s = rates.Mean(1);
  benchmark.flops_per_s = rates.Mean(2);
  if (benchmark.seconds.empty() && benchmark.error.empty()) benchmark.error = "it has no time";
  return benchmark;
}

Benchmarks Read(const json& file) {
  Benchmarks benchmarks{file.at("context"), {}};
  std::vector<std::string> names;
  std::map<std::string, std::vector<const json*>> entries;
  for (const json& entry : file.at("benchmarks")) {
    const std::string name = RunName(entry);
    if (!entries.contains(name)) names.push_back(name);
    entries[name].push_back(&entry);
  }
  for (const std::string& name : names) benchmarks.list.push_back(Read(name, entries[name]));
  return benchmarks;
}

std::vector<std::string> Parts(const std::string& name) {
  std::vector<std::string> parts(1);
  for (const char c : name) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase(parts, "real_time");  // how it was timed is no part of what it is
  return parts;
}

std::string Joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

}  // namespace

Benchmarks ParseBenchmarks(const std::string& text, const std::filesystem::path& file) {
  try {
    return Read(json::parse(text));
  } catch (const json::exception& error) {
    throw Error("'" + file.string() + "' is not what a Google Benchmark program writes with " +
                "--benchmark_out: " + error.what() + ". Make it anew with `ablate bench`.");
  }
}

std::vector<BenchmarkName> NamesOf(const std::vector<Benchmark>& benchmarks) {
  std::map<std::vector<std::string>, size_t> references;  // by the name without its variant
  std::vector<std::vector<std::string>> all;
  const auto without = [](std::vector<std::string> parts) {
    parts.erase(parts.begin() + kVariantPlace);
    return parts;
  };
  for (size_t i = 0; i < benchmarks.size(); ++i) {
    all.push_back(Parts(benchmarks[i].name));
    const auto& parts = all.back();
    if (parts.size() > kVariantPlace && parts[kVariantPlace] == kReference) {
      references[without(parts)] = i;
    }
  }
  std::vector<BenchmarkName> names;
  for (size_t i = 0; i < all.size(); ++i) {
    BenchmarkName name;
    std::vector<std::string> parts = all[i];
    if (parts.size() > kVariantPlace && references.contains(without(parts))) {
      const size_t reference = references.at(without(parts));
      if (reference != i) name.reference = reference;
      name.variant = parts[kVariantPlace];
      parts = without(parts);
    }
    const size_t head = std::min<size_t>(parts.size(), name.variant.empty() ? parts.size() : 2);
    name.operation = Joined({parts.begin(), parts.begin() + static_cast<long>(head)}, "/");
    const std::string arguments =
        Joined({parts.begin() + static_cast<long>(head), parts.end()}, " ");
    if (!arguments.empty()) name.operation += ", " + arguments;
    names.push_back(std::move(name));
  }
  return names;
}

std::optional<double> MeanSeconds(const Benchmark& benchmark) {
  if (benchmark.seconds.empty()) return std::nullopt;
  return GeometricMeanInterval(benchmark.seconds).mean;
}

}  // namespace ablate
