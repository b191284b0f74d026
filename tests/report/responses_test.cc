#include "harness/report/responses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/report/study.h"

namespace ablate {
namespace {

using testing::CellOf;
using testing::EffectOf;
using testing::Ended;
using testing::NotReached;
using ::testing::Optional;
using testing::Study;

const Response& Named(const std::string& name) {
  return *std::ranges::find(AllResponses(), name, &Response::name);
}

// A record that has everything that a response asks for.
Record Whole() {
  Record record;
  record.status = Status::kReached;
  record.time_to_target_s = record.time.train_s = 10;
  record.examples_to_target = record.examples = 1000;
  record.energy_j = 500;
  record.time.evaluate_s = 2;
  record.quality.bleu = 20;
  record.loss.train = record.loss.valid = record.loss.best_valid = 1.5;
  record.throughput.target_tokens_per_s = record.throughput.padded_tokens_per_s = 100;
  record.throughput.padding_efficiency = record.throughput.mfu = 0.5;
  record.throughput.update_ms_p50 = 3;
  record.memory.device_peak_allocated_bytes = record.memory.host_peak_rss_bytes = 1 << 20;
  record.phases = {1, 1, 1, 1, 1};
  return record;
}

TEST(ResponsesTest, TakesTotalsOfAStoppedRunForBoundsAndNothingElse) {
  const Record reached = Whole();
  Record stopped = reached;
  stopped.status = Status::kNotReached;
  for (const Response& response : AllResponses()) {
    const auto known = response.observe(reached), bound = response.observe(stopped);
    ASSERT_TRUE(known && bound) << response.name;
    EXPECT_FALSE(known->censored) << response.name;
    EXPECT_EQ(bound->censored, response.at_stop == AtStop::kTotal) << response.name;
  }
  for (const char* total : {"time_to_target_s", "examples_to_target", "energy_j", "evaluate_s"}) {
    EXPECT_EQ(Named(total).at_stop, AtStop::kTotal) << total;
  }
  for (const char* rate : {"seconds_per_example", "target_tokens_per_s", "host_peak_rss_bytes"}) {
    EXPECT_EQ(Named(rate).at_stop, AtStop::kRate) << rate;
  }
  for (const char* outcome : {"bleu", "train_loss", "valid_loss", "best_valid_loss"}) {
    EXPECT_EQ(Named(outcome).at_stop, AtStop::kOutcome) << outcome;
  }
}

TEST(ResponsesTest, AsksNothingOfRunsThatWereBrokenOff) {
  for (const Status status : {Status::kFailed, Status::kTimedOut, Status::kInvalid,
                              Status::kInterrupted, Status::kDiverged, Status::kOutOfMemory}) {
    Record record = Whole();
    record.status = status;
    for (const Response& response : AllResponses()) {
      EXPECT_FALSE(response.observe(record).has_value()) << response.name << Name(status);
    }
  }
}

TEST(EnergyTest, OfAStoppedRunIsAtLeastWhatItUsed) {
  Study study(2);
  study.RunAll();
  for (Record& record : study.results().records) record.energy_j = 100;
  study.Change("dynamic,constant", 1, [](Record& r) {
    NotReached(r, 31, 4000);
    r.energy_j = 400;
  });
  const Summary summary = study.Analysed();
  const Estimate& energy = CellOf(summary, "dynamic").energy_j;
  EXPECT_FALSE(energy.mean || energy.low || energy.high);
  EXPECT_THAT(energy.at_least, Optional(::testing::DoubleNear(200, 1e-9)));
  const Ratio& ratio = EffectOf(summary, "energy_j", "dynamic", Effect::Kind::kSimple).ratio;
  EXPECT_EQ(ratio.bound, Bound::kAtLeast);
  EXPECT_FALSE(ratio.low || ratio.p);
  EXPECT_EQ(std::ranges::count(summary.f_tests, "energy_j", &FTest::response), 0);
}

TEST(EnergyTest, ToATargetThatIsNeverReachedIsNotKnown) {
  Study study(2);
  study.RunAll();
  for (Record& record : study.results().records) record.energy_j = 100;
  study.Change("dynamic,constant", 1, [](Record& r) { Ended(r, Status::kDiverged, "nan"); });
  const Summary summary = study.Analysed();
  EXPECT_FALSE(CellOf(summary, "dynamic").energy_j.mean.has_value());
  EXPECT_EQ(EffectOf(summary, "energy_j", "dynamic", Effect::Kind::kSimple).ratio.unknown,
            "diverged: dynamic");
}

}  // namespace
}  // namespace ablate
