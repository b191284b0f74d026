#include "harness/train/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ablate {
namespace {

using ::testing::ElementsAre;

Record Ended(Status status) {
  Record record;
  record.status = status;
  record.reason = "its own";
  record.notes = {"first"};
  return record;
}

GpuObservations Disturbed() {
  GpuObservations gpu;
  gpu.invalid_because = {"too hot", "not alone"};
  return gpu;
}

TEST(DescribeGpuTest, FillsWhatWasSeen) {
  GpuObservations gpu;
  gpu.energy_j = 12.5;
  for (const double sample : {1000.0, 1980.0}) gpu.sm_clock_mhz.Add(sample);
  for (const double sample : {300.0, 700.0}) gpu.power_w.Add(sample);
  gpu.notes = {"capped"};
  Record record = Ended(Status::kReached);
  DescribeGpu(gpu, record);
  EXPECT_EQ(record.energy_j, 12.5);
  EXPECT_EQ(record.gpu.sm_clock_mhz.min, 1000);
  EXPECT_EQ(record.gpu.sm_clock_mhz.mean, 1490);
  EXPECT_FALSE(record.gpu.memory_clock_mhz.mean);
  EXPECT_EQ(record.gpu.power_w.mean, 500);
  EXPECT_EQ(record.gpu.power_w.max, 700);
  EXPECT_THAT(record.notes, ElementsAre("first", "capped"));
  EXPECT_EQ(record.status, Status::kReached);
  EXPECT_EQ(record.reason, "its own");
}

TEST(DescribeGpuTest, WhatADisturbedGpuMeasuredIsInvalid) {
  for (const Status status : {Status::kReached, Status::kNotReached}) {
    Record record = Ended(status);
    DescribeGpu(Disturbed(), record);
    EXPECT_EQ(record.status, Status::kInvalid);
    EXPECT_EQ(record.reason, "too hot; not alone");
  }
}

TEST(DescribeGpuTest, AnEndThatTheGpuMayHaveCausedIsInvalid) {
  for (const Status status : {Status::kOutOfMemory, Status::kDiverged}) {
    GpuObservations gpu = Disturbed();
    gpu.outcome_is_suspect = true;
    Record record = Ended(status);
    DescribeGpu(gpu, record);
    EXPECT_EQ(record.status, Status::kInvalid);
    EXPECT_EQ(record.reason,
              "too hot; not alone; it ended as " + std::string(Name(status)) + ": its own");
  }
}

TEST(DescribeGpuTest, AnEndThatSlowClocksCannotCauseStaysWhatItIs) {
  for (const Status status : {Status::kOutOfMemory, Status::kDiverged}) {
    Record record = Ended(status);
    DescribeGpu(Disturbed(), record);
    EXPECT_EQ(record.status, status);
    EXPECT_EQ(record.reason, "its own");
  }
}

TEST(DescribeGpuTest, WhatIsNoResultStaysWhatItIs) {
  for (const Status status : {Status::kFailed, Status::kInterrupted}) {
    GpuObservations gpu = Disturbed();
    gpu.outcome_is_suspect = true;
    Record record = Ended(status);
    DescribeGpu(gpu, record);
    EXPECT_EQ(record.status, status);
    EXPECT_EQ(record.reason, "its own");
  }
}

TEST(DescribeGpuTest, WithoutAGpuThereIsNothing) {
  Record record = Ended(Status::kReached);
  DescribeGpu({}, record);
  EXPECT_FALSE(record.energy_j);
  EXPECT_FALSE(record.gpu.sm_clock_mhz.min);
  EXPECT_FALSE(record.gpu.power_w.max);
  EXPECT_THAT(record.notes, ElementsAre("first"));
}

}  // namespace
}  // namespace ablate
