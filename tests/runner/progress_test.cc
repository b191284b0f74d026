#include "harness/run/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "harness/run/format.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

Record SomeRun(Status status = Status::kReached) {
  Record record;
  record.cell = "padding=dynamic,precision=amp,sharing=universal,schedule=onecycle";
  record.seed = 1;
  record.status = status;
  record.target_metric = "train_loss";
  record.time_to_target_s = 5.2;
  record.time.wall_s = 60;
  record.examples = 9000;
  record.examples_to_target = 4310;
  record.throughput.target_tokens_per_s = 21342;
  record.loss.train = 1.93;
  return record;
}

TEST(FormatTest, WritesNumbersAsReadersExpectThem) {
  EXPECT_EQ(FormatDuration(5.25), "5.2 s");
  EXPECT_EQ(FormatDuration(59.96), "1 min 00 s");
  EXPECT_EQ(FormatDuration(3900), "1 h 05 min");
  EXPECT_EQ(FormatGrouped(999), "999");
  EXPECT_EQ(FormatGrouped(-1234567), "-1,234,567");
  EXPECT_EQ(FormatRate(812.4), "812");
  EXPECT_EQ(FormatRate(21342), "21.3k");
  EXPECT_EQ(FormatRate(2500000), "2.50M");
  EXPECT_EQ(FitWidth("größer", 6), "größer");
  EXPECT_EQ(FitWidth("größer", 4), "grö…");
  EXPECT_EQ(FitWidth("x", 0), "");
}

TEST(ProgressTest, SaysWhatBecameOfARun) {
  EXPECT_EQ(DescribeOutcome(SomeRun()), "reached in 5.2 s (4,310 examples, 21.3k tokens/s)");
  EXPECT_EQ(DescribeOutcome(SomeRun(Status::kNotReached)),
            "not reached, loss 1.930 (9,000 examples, 21.3k tokens/s)");
  Record failed = SomeRun(Status::kOutOfMemory);
  failed.reason = "no room";
  EXPECT_EQ(DescribeOutcome(failed), "out of memory: no room");
}

TEST(LineProgressTest, CountsKeptRunsAndRepeats) {
  std::ostringstream out;
  const auto progress = MakeLineProgress(out);
  progress->Start(24, 2);
  progress->RunStarts(SomeRun());
  progress->RunEnds(SomeRun(Status::kInvalid), /*again=*/true);
  progress->RunEnds(SomeRun(), /*again=*/false);
  EXPECT_EQ(out.str(),
            "2 of 24 runs are kept\n"
            "[ 3/24] padding=dynamic,precision=amp,sharing=universal,schedule=onecycle seed 1: "
            "invalid; again\n"
            "[ 3/24] padding=dynamic,precision=amp,sharing=universal,schedule=onecycle seed 1: "
            "reached in 5.2 s (4,310 examples, 21.3k tokens/s)\n");
}

TEST(LiveProgressTest, KeepsTheLiveLineWithinTheTerminal) {
  for (const size_t width : {200u, 80u, 40u, 12u, 1u}) {
    std::ostringstream out;
    const auto progress = MakeLiveProgress(
        out, [&] { return width; }, /*colour=*/false);
    progress->Start(24, 0);
    progress->Heard({{"phase", "train"}, {"train_loss", 2.5}});
    progress->RunStarts(SomeRun());
    std::string line = out.str();
    ASSERT_TRUE(line.starts_with("\r") && line.ends_with("\x1b[K")) << line;
    line = line.substr(1, line.size() - 4);
    EXPECT_LE(DisplayWidth(line), std::max<size_t>(width - 1, 1));
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST(LiveProgressTest, ShowsTheNewestOfEachValueAndLeavesALineARun) {
  std::ostringstream out;
  const auto progress = MakeLiveProgress(
      out, [] { return size_t{200}; }, /*colour=*/true);
  progress->Start(2, 0);
  progress->RunStarts(SomeRun());
  progress->Heard({{"event", "progress"},
                   {"phase", "train"},
                   {"train_loss", 2.5},
                   {"target_tokens_per_s", 9120.5}});
  progress->Heard({{"event", "heartbeat"}, {"phase", "train"}});
  progress->Heard({{"event", "progress"}, {"train_loss", nullptr}, {"phase", 7}});
  progress->RunEnds(SomeRun(), /*again=*/false);
  EXPECT_THAT(out.str(), HasSubstr("\r\x1b[K[1/2] padding=dynamic"));
  EXPECT_THAT(out.str(), HasSubstr("\x1b[32mreached in 5.2 s"));
  progress->RunStarts(SomeRun());
  EXPECT_THAT(out.str(), HasSubstr("[2/2] "));
  EXPECT_THAT(out.str(), HasSubstr("1 min 00 s left"));
}

TEST(LiveProgressTest, SurvivesAWorkerThatSaysWhatItShouldNot) {
  std::ostringstream out;
  const auto progress = MakeLiveProgress(
      out, [] { return size_t{200}; }, /*colour=*/false);
  constexpr int kDeep = 1'000'000;
  progress->Start(1, 0);
  progress->RunStarts(SomeRun());
  progress->Heard({1, 2});
  progress->Heard(nlohmann::json::parse(R"({"phase": "train", "train_loss": )" +
                                        std::string(kDeep, '[') + std::string(kDeep, ']') + "}"));
  EXPECT_THAT(out.str(), HasSubstr("starting"));
}

TEST(TimeEstimateTest, PrefersTheCellsOwnMean) {
  TimeEstimate estimate;
  EXPECT_LT(estimate.Remaining(3, "a", 1), 0);
  estimate.Add("a", 10);
  estimate.Add("b", 30);
  EXPECT_DOUBLE_EQ(estimate.Remaining(2, "a", 4), 6 + 2 * 20);
  EXPECT_DOUBLE_EQ(estimate.Remaining(0, "b", 100), 0);
  EXPECT_DOUBLE_EQ(estimate.Remaining(1, "c", 5), 15 + 20);
}

}  // namespace
}  // namespace ablate
