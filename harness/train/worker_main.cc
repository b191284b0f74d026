// ablate-worker: trains exactly one run, or tells what only LibTorch knows of the machine.
#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "harness/run/worker_protocol.h"
#include "harness/train/environment.h"
#include "harness/train/progress.h"
#include "harness/train/worker_run.h"
#include "model/error.h"

namespace {

constexpr int kUsage = 3;
constexpr int kInternalError = 4;

ablate::WorkerConfig ReadConfig(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw ablate::Error("cannot read " + path.string());
  try {
    return ablate::WorkerConfigFromJson(nlohmann::json::parse(file));
  } catch (const nlohmann::json::exception& error) {
    throw ablate::Error(path.string() + ": " + error.what());
  }
}

int Run(const std::filesystem::path& config_path) {
  const ablate::WorkerConfig config = ReadConfig(config_path);
  // A driver that has gone is noticed where progress is written.
  std::signal(SIGPIPE, SIG_IGN);
  ablate::StopOnSigterm();
  ablate::Progress progress(ablate::Progress::DescriptorOfEnvironment());
  return ablate::ExecuteRun(config, progress);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains one run of a suite; started by ablate, which see.", "ablate-worker");
  std::filesystem::path config;
  bool environment = false;
  std::string device = "cpu";
  bool without_rates = false;
  auto* config_option = app.add_option("--config", config, "the run, as the driver wrote it");
  auto* environment_option =
      app.add_flag("--environment", environment, "print what LibTorch and CUDA know, as JSON");
  app.add_option("--device", device, "with --environment: cpu or cuda")->needs(environment_option);
  app.add_flag("--without-rates", without_rates,
               "with --environment: leave out matrix_flops_per_s, which takes a second to measure")
      ->needs(environment_option);
  config_option->excludes(environment_option);
  app.require_option(1, 3);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  try {
    if (!environment) return Run(config);
    std::cout << ablate::DescribeEnvironment(device, !without_rates).dump(2) << std::endl;
    return 0;
  } catch (const ablate::Error& error) {
    std::cerr << "ablate-worker: " << error.what() << std::endl;
    return kUsage;
  } catch (const std::exception& error) {
    std::cerr << "ablate-worker: internal error: " << error.what() << std::endl;
    return kInternalError;
  }
}
