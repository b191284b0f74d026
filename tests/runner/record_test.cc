#include "harness/run/record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "harness/run/worker_protocol.h"
#include "model/error.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

Record FullRecord() {
  Record record;
  record.suite = "small";
  record.cell = "padding=dynamic,kind=a";
  record.factors = {{"padding", "dynamic"}, {"kind", "a"}};
  record.seed = 7;
  record.block = 1;
  record.position = 3;
  record.cell_id = "0123456789ab";
  record.run_id = "0123456789ab-s7";
  record.status = Status::kReached;
  record.target_metric = "train_loss";
  record.target_value = 1.8;
  record.time_to_target_s = 5.25;
  record.examples_to_target = 4310;
  record.throughput.mfu = 0.25;
  record.memory.host_peak_rss_bytes = int64_t{1} << 40;
  record.attention_kernel = "flash";
  record.notes = {"CPU steal 3%"};
  return record;
}

TEST(RecordTest, ReadsBackWhatItWrites) {
  const Record record = FullRecord();
  const Record again = RecordFromJson(nlohmann::json::parse(ToLine(ToJson(record))));
  EXPECT_EQ(ToJson(again), ToJson(record));
  EXPECT_EQ(again.factors, record.factors);  // in the order of the cell's name
  EXPECT_EQ(again.memory.host_peak_rss_bytes, int64_t{1} << 40);
  EXPECT_EQ(again.attention_kernel, "flash");
  EXPECT_FALSE(again.energy_j);
}

TEST(RecordTest, HasTheKeysOfTheDesignAndNullsForWhatIsAbsent) {
  const nlohmann::json json = ToJson(FullRecord());
  for (const char* path :
       {"/time/setup_s", "/throughput/update_ms_p95", "/memory/device_process_bytes", "/energy_j",
        "/gpu/sm_clock_mhz/min", "/gpu/memory_clock_mhz/mean", "/gpu/power_w/max",
        "/loss/best_valid", "/quality/bleu", "/parameters/unique", "/phases/h2d_s"}) {
    ASSERT_TRUE(json.contains(nlohmann::json::json_pointer(path))) << path;
    EXPECT_TRUE(json[nlohmann::json::json_pointer(path)].is_null()) << path;
  }
  EXPECT_EQ(json["target"], (nlohmann::json{{"metric", "train_loss"}, {"value", 1.8}}));
  EXPECT_EQ(json["schema_version"], kRecordSchemaVersion);
}

TEST(RecordTest, TakesARunThatTellsNoNumberOfProcessesForOne) {
  Record record = FullRecord();
  record.processes = 2;
  nlohmann::json json = ToJson(record);
  EXPECT_EQ(json["processes"], 2);
  EXPECT_EQ(RecordFromJson(json).processes, 2);
  json.erase("processes");
  EXPECT_EQ(RecordFromJson(json).processes, 1);
}

TEST(RecordTest, ReadsARecordOfBeforeTheGpuWasSampled) {
  Record record = FullRecord();
  record.gpu.power_w = {.mean = 312.5, .max = 701};
  nlohmann::json json = ToJson(record);
  EXPECT_EQ(json["gpu"]["power_w"], (nlohmann::json{{"mean", 312.5}, {"max", 701}}));
  EXPECT_EQ(RecordFromJson(json).gpu.power_w.max, 701);
  json.erase("gpu");
  EXPECT_FALSE(RecordFromJson(json).gpu.power_w.max);
  EXPECT_EQ(RecordFromJson(json).run_id, record.run_id);
}

TEST(RecordTest, WritesNoNanOrInfinity) {
  Record record = FullRecord();
  record.loss.train = std::nan("");
  record.throughput.mfu = INFINITY;
  const std::string line = ToLine(ToJson(record));
  EXPECT_NE(line.find("\"train\":null"), std::string::npos);
  EXPECT_NE(line.find("\"mfu\":null"), std::string::npos);
}

TEST(RecordTest, MendsTextThatIsNotUtf8) {
  Record record = FullRecord();
  record.reason = "bad \xff byte";
  EXPECT_NO_THROW(std::ignore = nlohmann::json::parse(ToLine(ToJson(record))));
}

TEST(RecordTest, RefusesOtherVersionsMissingIdentityAndWrongTypes) {
  nlohmann::json json = ToJson(FullRecord());
  json["schema_version"] = 99;
  EXPECT_THROW(RecordFromJson(json), Error);
  constexpr int kDeep = 1'000'000;
  json["schema_version"] = nlohmann::json::parse(std::string(kDeep, '[') + std::string(kDeep, ']'));
  EXPECT_THROW(RecordFromJson(json), Error);
  for (const char* key : {"run_id", "cell_id", "seed", "status", "factors", "cell", "suite"}) {
    json = ToJson(FullRecord());
    json.erase(key);
    EXPECT_THROW(RecordFromJson(json), Error) << key;
  }
  json = ToJson(FullRecord());
  json["time_to_target_s"] = "soon";
  EXPECT_THROW(RecordFromJson(json), Error);
  json = ToJson(FullRecord());
  json["status"] = "splendid";
  EXPECT_THROW(RecordFromJson(json), Error);
  EXPECT_THROW(RecordFromJson(nlohmann::json::array()), Error);
}

TEST(RecordTest, KeepsResultsAndRepeatsTheRest) {
  for (const Status status : {Status::kReached, Status::kNotReached, Status::kOutOfMemory,
                              Status::kDiverged, Status::kSkipped}) {
    EXPECT_TRUE(IsFinal(status)) << Name(status);
  }
  for (const Status status :
       {Status::kFailed, Status::kTimedOut, Status::kInvalid, Status::kInterrupted}) {
    EXPECT_FALSE(IsFinal(status)) << Name(status);
  }
}

TEST(WorkerProtocolTest, ReadsBackTheConfiguration) {
  const Plan plan = MakePlan(testing::SmallSuite());
  const WorkerConfig config = {.identity = FullRecord(),
                               .settings = plan.cells[1].settings(),
                               .device = "cpu",
                               .threads = 2,
                               .encoded_corpus = "/some/where.ids",
                               .run_dir = "/some/run",
                               .profile = true,
                               .matrix_flops_per_s = {{"fp32", 1e12}}};
  const nlohmann::json json = ToJson(config);
  EXPECT_EQ(ToJson(WorkerConfigFromJson(json)), json);
  nlohmann::json torn = json;
  torn.erase("device");
  EXPECT_THROW(WorkerConfigFromJson(torn), Error);
}

}  // namespace
}  // namespace ablate
