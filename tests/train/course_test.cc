#include "harness/train/course.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/train/outcome.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TargetSettings Target() {
  return {.metric = "train_loss",
          .value = 1.8,
          .max_epochs = 10,
          .max_seconds = 100,
          .window_examples = 2,
          .loss_interval = 10,
          .evaluate_every_examples = 0};
}

// Update `number` of one example and ten tokens that took a second.
UpdateFacts Update(int64_t number, double loss) {
  UpdateFacts facts;
  facts.update = number;
  facts.examples = 1;
  facts.source_tokens = 8;
  facts.target_tokens = 10;
  facts.padded_source_tokens = 16;
  facts.padded_target_tokens = 20;
  facts.loss = loss;
  facts.learning_rate = 0.1 * static_cast<double>(number);
  facts.seconds = 1;
  facts.train_s = static_cast<double>(number);
  return facts;
}

Course Trained(const TargetSettings& target, const std::vector<double>& losses) {
  Course course(target, 100);
  for (size_t i = 0; i < losses.size(); ++i) {
    course.Add(Update(static_cast<int64_t>(i) + 1, losses[i]));
  }
  course.MarkReading();
  return course;
}

TEST(CourseTest, DatesTheCrossingToItsUpdateHoweverManyAreReadAtOnce) {
  const Course course = Trained(Target(), {3, 3, 1.9, 1.7, 1.0, 0.5});
  ASSERT_TRUE(course.crossing());
  EXPECT_EQ(course.crossing()->update, 4);  // (1.9 + 1.7) / 2
  EXPECT_EQ(course.crossing()->examples, 4);
  EXPECT_EQ(course.crossing()->target_tokens, 40);
  EXPECT_EQ(course.crossing()->train_s, 4);
  EXPECT_EQ(course.now().update, 6);
  EXPECT_DOUBLE_EQ(*course.reached_train_loss(), 1.8);
}

TEST(CourseTest, GivesTheCrossingARowOfItsOwn) {
  const Course course = Trained(Target(), {3, 1.9, 1.7, 1.0});
  ASSERT_EQ(course.curve().size(), 2u);
  EXPECT_EQ(course.curve()[0].update, 3);
  EXPECT_DOUBLE_EQ(*course.curve()[0].train_loss, 1.8);
  EXPECT_EQ(course.curve()[1].update, 4);
}

TEST(CourseTest, GivesACrossingAtAReadingOneRow) {
  EXPECT_EQ(Trained(Target(), {3, 1.9, 1.7}).curve().size(), 1u);
}

TEST(CourseTest, DoesNotCountACrossingBeyondTheBudget) {
  TargetSettings target = Target();
  target.max_seconds = 3.5;
  const Course course = Trained(target, {3, 3, 3, 1, 1});
  EXPECT_FALSE(course.crossing());
  EXPECT_THAT(course.OverBudget(), HasSubstr("max_seconds = 3.5"));
}

TEST(CourseTest, EndsWithItsEpochs) {
  TargetSettings target = Target();
  target.max_epochs = 0.025;
  EXPECT_EQ(Course(target, 100).max_examples(), 3);
  EXPECT_EQ(Trained(target, {3, 3}).OverBudget(), "");
  EXPECT_THAT(Trained(target, {3, 3, 3}).OverBudget(), HasSubstr("max_epochs = 0.025"));
}

TEST(CourseTest, DefaultsWindowAndEvaluationToAnEpoch) {
  TargetSettings target = Target();
  target.window_examples = 0;
  Course course(target, 3);
  EXPECT_EQ(course.evaluate_every_examples(), 3);
  course.Add(Update(1, 1.0));
  course.Add(Update(2, 1.0));
  EXPECT_FALSE(course.train_loss());
  course.Add(Update(3, 1.0));
  EXPECT_TRUE(course.crossing());
}

TEST(CourseTest, CrossesByValidationLossAtAnEvaluationAlone) {
  TargetSettings target = Target();
  target.metric = "valid_loss";
  Course course = Trained(target, {1, 1, 1});
  EXPECT_FALSE(course.crossing());
  course.AddValidation(2.0);
  EXPECT_FALSE(course.crossing());
  course.Add(Update(4, 1.0));
  course.AddValidation(1.8);
  ASSERT_TRUE(course.crossing());
  EXPECT_EQ(course.crossing()->update, 4);
  EXPECT_EQ(*course.curve().back().valid_loss, 1.8);
}

TEST(CourseTest, RemembersTheBestValidationLoss) {
  Course course = Trained(Target(), {3, 3});
  course.AddValidation(2.5);
  course.Add(Update(3, 3));
  course.AddValidation(2.7);
  EXPECT_EQ(*course.valid_loss(), 2.7);
  EXPECT_EQ(*course.best_valid_loss(), 2.5);
}

TEST(CourseTest, DivergesWhereTheLossIsNotFinite) {
  const Course course = Trained(Target(), {3, 3, kInfinity, 1, 1});
  EXPECT_THAT(course.divergence(), HasSubstr("not finite at update 3"));
  EXPECT_FALSE(course.crossing());
  EXPECT_EQ(course.now().update, 3);
}

TEST(CourseTest, DivergesWhereTheWindowExplodes) {
  EXPECT_THAT(Trained(Target(), {3, 3, 30}).divergence(), HasSubstr("rose to 16.5"));
  EXPECT_EQ(Trained(Target(), {3, 5.9, 6}).divergence(), "");
}

TEST(CourseTest, KeepsACrossingThatAnExplosionFollows) {
  const Course course = Trained(Target(), {3, 1, 1, kInfinity});
  Record record;
  JudgeCourse(course, false, record);
  EXPECT_EQ(record.status, Status::kReached);
}

TEST(CourseTest, SkippedUpdatesAreNoDivergence) {
  Course course(Target(), 100);
  course.Add(Update(1, 3));
  for (int64_t number = 2; number <= 50; ++number) {
    UpdateFacts skipped = Update(number, kInfinity);
    skipped.skipped = true;
    course.Add(skipped);
  }
  EXPECT_EQ(course.divergence(), "");
  EXPECT_EQ(course.totals().skipped_updates, 49);
  course.Add(Update(51, 3));
  EXPECT_DOUBLE_EQ(*course.train_loss(), 3);  // the infinite ones stay out
}

TEST(CourseTest, SkippingForeverIsDivergence) {
  Course course(Target(), 1000);
  for (int64_t number = 1; number <= 100; ++number) {
    UpdateFacts skipped = Update(number, 3);
    skipped.skipped = true;
    course.Add(skipped);
  }
  EXPECT_THAT(course.divergence(), HasSubstr("100 updates in a row"));
}

TEST(OutcomeTest, CountsRealAndPaddedTokens) {
  Record record;
  DescribeCourse(Trained(Target(), {3, 3, 3, 3}), std::nullopt, record);
  EXPECT_DOUBLE_EQ(*record.throughput.target_tokens_per_s, 10);
  EXPECT_DOUBLE_EQ(*record.throughput.source_tokens_per_s, 8);
  EXPECT_DOUBLE_EQ(*record.throughput.padded_tokens_per_s, 36);
  EXPECT_DOUBLE_EQ(*record.throughput.padding_efficiency, 0.5);
  EXPECT_DOUBLE_EQ(*record.throughput.update_ms_p50, 1000);
  EXPECT_FALSE(record.throughput.mfu);
  EXPECT_FALSE(record.phases.h2d_s);
  EXPECT_EQ(*record.updates, 4);
}

TEST(OutcomeTest, CensorsWhatDoesNotReachTheTarget) {
  Record record;
  TargetSettings target = Target();
  target.max_epochs = 0.03;
  const Course course = Trained(target, {3, 3, 3});
  DescribeCourse(course, std::nullopt, record);
  JudgeCourse(course, false, record);
  EXPECT_EQ(record.status, Status::kNotReached);
  EXPECT_FALSE(record.time_to_target_s);
  EXPECT_DOUBLE_EQ(*record.loss.train, 3);
}

TEST(OutcomeTest, MfuIsOfTheMeasuredRate) {
  Course course(Target(), 100);
  UpdateFacts facts = Update(1, 3);
  facts.model_flops = 5e9;
  course.Add(facts);
  Record record;
  DescribeCourse(course, 2e10, record);
  EXPECT_DOUBLE_EQ(*record.throughput.model_flops_per_s, 5e9);
  EXPECT_DOUBLE_EQ(*record.throughput.mfu, 0.25);
}

TEST(OutcomeTest, QuantilesInterpolate) {
  const std::vector<double> values = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(Quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.95), 3.85);
  EXPECT_DOUBLE_EQ(Quantile(values, 1), 4);
}

}  // namespace
}  // namespace ablate
