#include "harness/train/run_watch.h"

#include <iostream>
#include <utility>

namespace ablate {

RunWatch::RunWatch(std::unique_ptr<NvmlDevice> gpu) : gpu_(std::move(gpu)) {}

void RunWatch::Start(bool on_processors) {
  host_load_ = HostLoad();
  gpu_.Start();
  if (on_processors) cpu_clock_.Start();
}

Surroundings RunWatch::Stop() {
  Surroundings seen;
  seen.gpu = gpu_.Stop();
  seen.host = host_load_.Since();
  seen.notes = cpu_clock_.Stop();
  for (const auto* sentences : {&seen.gpu.invalid_because, &seen.gpu.notes}) {
    for (const std::string& sentence : *sentences) {
      std::cerr << "ablate-worker: " << sentence << std::endl;
    }
  }
  return seen;
}

}  // namespace ablate
