#include <array>
#include <utility>

#include "harness/run/merge.h"

namespace ablate {
namespace {

using Json = nlohmann::json;
using Names = std::pair<const char*, const char*>;  // as messages call it, where it stands

// All that moves a time although the suite is the same.
constexpr std::array<Names, 15> kMustAgree = {{{"worker", "/worker"},
                                               {"device", "/device"},
                                               {"CPU", "/cpu"},
                                               {"CPU capability", "/cpu_capability"},
                                               {"threads", "/threads"},
                                               {"LibTorch", "/libtorch"},
                                               {"flags", "/flags"},
                                               {"GPU", "/cuda/name"},
                                               {"driver", "/cuda/driver"},
                                               {"CUDA", "/cuda/runtime"},
                                               {"cuDNN", "/cuda/cudnn"},
                                               {"NCCL", "/cuda/nccl"},
                                               {"power limit", "/cuda/power_limit_w"},
                                               {"clocks", "/cuda/clocks"},
                                               {"MIG", "/cuda/mig"}}};
constexpr std::array<Names, 5> kMayDiffer = {{{"card", "/cuda/uuid"},
                                              {"host", "/host"},
                                              {"system", "/os"},
                                              {"kernel", "/kernel"},
                                              {"host memory", "/memory_bytes"}}};

std::string At(const Json& json, const char* path) {
  const Json::json_pointer pointer(path);
  if (!json.contains(pointer) || json[pointer].is_null()) return "nothing";
  const Json& value = json[pointer];
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return text.size() == 64 ? text.substr(0, 12) : text;  // a hash
}

template <size_t size>
std::vector<std::string> Differences(const std::array<Names, size>& names, const Json& there,
                                     const Json& here) {
  std::vector<std::string> lines;
  for (const auto& [name, path] : names) {
    const std::string a = At(there, path);
    const std::string b = At(here, path);
    if (a != b) lines.push_back(std::string(name) + ": " + a + " there, " + b + " here");
  }
  return lines;
}

}  // namespace

MachineDifferences CompareMachines(const Json& there, const Json& here) {
  MachineDifferences differences = {Differences(kMustAgree, there, here),
                                    Differences(kMayDiffer, there, here)};
  if (!there.contains("corpora") || !here.contains("corpora")) return differences;
  for (const auto& [name, hash] : there["corpora"].items()) {
    const auto found = here["corpora"].find(name);
    if (found == here["corpora"].end() || *found == hash) continue;
    differences.refused.push_back("content of corpus " + name);
  }
  return differences;
}

}  // namespace ablate
