#include "harness/train/sampler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace ablate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(SampleSummaryTest, KnowsExtremesAndMean) {
  SampleSummary summary;
  for (const double sample : {3.0, 1.0, 8.0}) summary.Add(sample);
  summary.Add(std::nullopt);
  EXPECT_EQ(summary.Min(), 1);
  EXPECT_EQ(summary.Mean(), 4);
  EXPECT_EQ(summary.Max(), 8);
}

TEST(SampleSummaryTest, OfNothingIsNothing) {
  SampleSummary summary;
  summary.Add(std::nullopt);
  EXPECT_FALSE(summary.Min());
  EXPECT_FALSE(summary.Mean());
  EXPECT_FALSE(summary.Max());
}

TEST(SamplerTest, SamplesAtTheStartAndAtTheEnd) {
  int samples = 0;
  Sampler sampler;
  sampler.Start(hours(1), [&] { ++samples; });
  sampler.Stop();
  EXPECT_EQ(samples, 2);
  sampler.Stop();
  EXPECT_EQ(samples, 2);
}

TEST(SamplerTest, SamplesInBetween) {
  std::atomic<int> samples = 0;
  Sampler sampler;
  sampler.Start(milliseconds(1), [&] { ++samples; });
  while (samples < 10) std::this_thread::sleep_for(milliseconds(1));
  sampler.Stop();
  EXPECT_GE(samples, 11);
}

TEST(SamplerTest, StopsWithItsScopeOrWithoutAStart) {
  int samples = 0;
  {
    Sampler sampler;
    sampler.Start(hours(1), [&] { ++samples; });
  }
  EXPECT_EQ(samples, 2);
  Sampler().Stop();
}

}  // namespace
}  // namespace ablate
