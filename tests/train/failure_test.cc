#include "harness/train/failure.h"

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

#include "model/error.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;

// That of a step which throws `thrown`.
template <typename Exception>
Failure FailureOf(const Exception& thrown) {
  const auto failure = Attempt([&] { throw thrown; });
  return failure ? *failure : Failure{Status::kReached, "it did not fail", -1};
}

void ExpectOutOfMemory(const Failure& failure, const std::string& reason) {
  EXPECT_EQ(failure.status, Status::kOutOfMemory) << reason;
  EXPECT_EQ(failure.exit_code, 0) << reason;
  EXPECT_THAT(failure.reason, HasSubstr(reason));
}

void ExpectFailed(const Failure& failure, const std::string& reason, int exit_code) {
  EXPECT_EQ(failure.status, Status::kFailed) << reason;
  EXPECT_EQ(failure.exit_code, exit_code) << reason;
  EXPECT_THAT(failure.reason, HasSubstr(reason));
}

TEST(AttemptTest, GivesNothingWhereNothingIsThrown) {
  bool done = false;
  EXPECT_FALSE(Attempt([&] { done = true; }));
  EXPECT_TRUE(done);
}

TEST(AttemptTest, KnowsMemoryThatRanOutHoweverItIsTold) {
  const c10::SourceLocation here = {__func__, __FILE__, __LINE__};
  ExpectOutOfMemory(FailureOf(c10::OutOfMemoryError(here, "tried 64 GiB")), "tried 64 GiB");
  ExpectOutOfMemory(FailureOf(c10::Error(here, "CUDA error: out of memory")), "out of memory");
  ExpectOutOfMemory(FailureOf(std::bad_alloc()), "no host memory");
  ExpectOutOfMemory(FailureOf(std::runtime_error("mmap: Cannot allocate memory")), "mmap");
}

TEST(AttemptTest, TellsAMistakeOfTheUserFromAFault) {
  const c10::SourceLocation here = {__func__, __FILE__, __LINE__};
  ExpectFailed(FailureOf(Error("model.heads is 0")), "model.heads is 0", 3);
  ExpectFailed(FailureOf(c10::Error(here, "index out of range")), "index out of range", 4);
  ExpectFailed(FailureOf(std::out_of_range("at")), "at", 4);
}

}  // namespace
}  // namespace ablate
