#include "harness/run/worker_protocol.h"

#include "model/error.h"

namespace ablate {

nlohmann::json ToJson(const WorkerConfig& config) {
  return {{"identity", ToJson(config.identity)},
          {"settings", ToJson(config.settings)},
          {"device", config.device},
          {"threads", config.threads},
          {"encoded_corpus", config.encoded_corpus.string()},
          {"run_dir", config.run_dir.string()},
          {"profile", config.profile},
          {"matrix_flops_per_s", config.matrix_flops_per_s}};
}

WorkerConfig WorkerConfigFromJson(const nlohmann::json& json) {
  try {
    return {.identity = RecordFromJson(json.at("identity")),
            .settings = SettingsFromJson(json.at("settings")),
            .device = json.at("device").get<std::string>(),
            .threads = json.at("threads").get<int64_t>(),
            .encoded_corpus = json.at("encoded_corpus").get<std::string>(),
            .run_dir = json.at("run_dir").get<std::string>(),
            .profile = json.at("profile").get<bool>(),
            .matrix_flops_per_s = json.at("matrix_flops_per_s")};
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string("worker configuration: ") + error.what());
  }
}

}  // namespace ablate
