#include "harness/report/markdown.h"

#include <gtest/gtest.h>

#include "harness/report/format.h"

namespace ablate {
namespace {

TEST(MarkdownTest, KeepsTextFromBreakingTables) {
  EXPECT_EQ(Escape("a | b\n<img> & *c* `d` [e]"),
            "a \\| b &lt;img&gt; &amp; \\*c\\* \\`d\\` \\[e\\]");
  EXPECT_EQ(Escape("back\\slash $x$ ~y~"), "back\\\\slash \\$x\\$ \\~y\\~");
  EXPECT_EQ(Escape("train_loss _x_"), "train_loss \\_x\\_");
  EXPECT_EQ(Escape("Où est l'élève ?"), "Où est l'élève ?");
}

TEST(MarkdownTest, LeavesEmptyColumnsOut) {
  Table table({"cell", ">time", "limits"});
  table.AddRow({"a", "1 s", kAbsent});
  table.AddRow({"b", kAbsent, kAbsent});
  EXPECT_EQ(table.ToString(), "| cell | time |\n| :--- | ---: |\n| a | 1 s |\n| b | – |\n");
}

TEST(FormatTest, SaysDurationsAsPeopleDo) {
  EXPECT_EQ(Duration(0.0004), "0.4 ms");
  EXPECT_EQ(Duration(0.43), "430 ms");
  EXPECT_EQ(Duration(5.234), "5.23 s");
  EXPECT_EQ(Duration(59.94), "59.9 s");
  EXPECT_EQ(Duration(59.97), "1 min 00 s");
  EXPECT_EQ(Duration(123), "2 min 03 s");
  EXPECT_EQ(Duration(3599.7), "1 h 00 min");
  EXPECT_EQ(Duration(3725), "1 h 02 min");
}

TEST(FormatTest, SaysAmounts) {
  EXPECT_EQ(Count(1234567.4), "1,234,567");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Bytes(412.0 * 1024 * 1024), "412 MiB");
  EXPECT_EQ(Bytes(1.32 * 1024 * 1024 * 1024), "1.32 GiB");
  EXPECT_EQ(Multiple(0.434), "0.43x");
  EXPECT_EQ(Multiple(0.0123), "0.012x");
  EXPECT_EQ(Multiple(2.34), "2.3x");
  EXPECT_EQ(Multiple(12.4), "12x");
}

TEST(FormatTest, SaysRatiosSoThatTheyCannotBeMisread) {
  EXPECT_EQ(TimeRatio({0.434, {}, {}}, "the time"), "0.43x the time (2.3x faster)");
  EXPECT_EQ(TimeRatio({0.96, {}, {}}), "0.96x (4% less time)");
  EXPECT_EQ(TimeRatio({1.3, {}, {}}), "1.30x (30% more time)");
  EXPECT_EQ(TimeRatio({3.1, {}, {}}), "3.1x (3.1x as long)");
  EXPECT_EQ(TimeRatio({1.001, {}, {}}), "1.00x (no difference)");
  EXPECT_EQ(AmountRatio({0.62, {}, {}}), "0.62x (38% less)");
  EXPECT_EQ(AmountRatio({1.8, {}, {}}), "1.80x (80% more)");
}

TEST(FormatTest, SaysBoundsAsBounds) {
  EXPECT_EQ(TimeRatio({3.1, {}, {}, Bound::kAtLeast}), "at least 3.1x");
  EXPECT_EQ(TimeRatio({0.32, {}, {}, Bound::kAtMost}), "at most 0.32x (at least 3.1x faster)");
  EXPECT_EQ(AmountRatio({3.1, {}, {}, Bound::kAtLeast}), "at least 3.1x");
  EXPECT_EQ(TimeRatio({}), kAbsent);
  EXPECT_EQ(Show({{}, {}, {}, 20.0}, &Duration), "at least 20.0 s");
}

}  // namespace
}  // namespace ablate
