// ablate-bench: micro-benchmarks of what an update is made of. Takes --device=cpu (default) or
// --device=cuda, --threads=N (default 0: all cores), and the flags of Google Benchmark.
#include <benchmark/benchmark.h>

#include <charconv>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/bench/families.h"
#include "harness/train/device.h"
#include "model/error.h"

namespace {

constexpr int kUsage = 3;

// Takes the last "--name=value" out of the arguments; `fallback` where there is none.
std::string Take(std::vector<char*>& arguments, const std::string& name, std::string fallback) {
  const std::string prefix = "--" + name + "=";
  std::erase_if(arguments, [&](std::string_view argument) {
    if (!argument.starts_with(prefix)) return false;
    fallback = argument.substr(prefix.size());
    return true;
  });
  return fallback;
}

int64_t ParseThreads(const std::string& text) {
  int64_t threads = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, threads);
  if (error != std::errc() || parsed != end || threads < 0) {
    throw ablate::Error("--threads=" + text + ": a number of threads, or 0 for all cores");
  }
  return threads;
}

void RegisterFused() {
  ablate::RegisterFusedAttention();
  ablate::RegisterFusedRows();
  ablate::RegisterFusedLoss();
  ablate::RegisterFusedAdam();
}

void RegisterAll(const std::string& device_name, int64_t threads) {
  const at::Device device = ablate::OpenDevice(device_name);
  ablate::ConfigureProcess(threads, /*deterministic=*/false);
  ablate::RegisterCollation();
  ablate::RegisterLoading(device);
  ablate::RegisterVocabulary();
  ablate::RegisterAttention(device);
  ablate::RegisterLoss(device);
  ablate::RegisterOptimizer(device);
  ablate::RegisterUpdate(device);
  if (device.is_cpu()) RegisterFused();
  benchmark::AddCustomContext("device", device_name);
  benchmark::AddCustomContext("threads", std::to_string(at::get_num_threads()));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  try {
    const std::string device = Take(arguments, "device", "cpu");
    const int64_t threads = ParseThreads(Take(arguments, "threads", "0"));
    auto count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return kUsage;
    RegisterAll(device, threads);
  } catch (const ablate::Error& error) {
    std::cerr << "ablate-bench: " << error.what() << "\n";
    return kUsage;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
