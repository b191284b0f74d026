#include "model/data/parallel.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace ablate {
namespace {

TEST(InPartsTest, CoversTheRangeOnceInOrder) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{4096}, size_t{1'000'003}}) {
    const auto parts =
        InParts(size, [](size_t begin, size_t end) { return std::pair(begin, end); });
    ASSERT_FALSE(parts.empty());
    size_t next = 0;
    for (const auto& [begin, end] : parts) {
      EXPECT_EQ(begin, next);
      EXPECT_LE(begin, end);
      next = end;
    }
    EXPECT_EQ(next, size);
  }
}

TEST(InPartsTest, ThrowsWhatAPartThrows) {
  const auto fail = [](size_t begin, size_t) -> int {
    if (begin == 0) throw std::runtime_error("of the first part");
    return 0;
  };
  EXPECT_THROW(InParts(1'000'000, fail), std::runtime_error);
  EXPECT_THROW(InParts(1, fail), std::runtime_error);
}

TEST(ForEachTest, GivesResultsInOrder) {
  const auto squares = ForEach<uint64_t>(1'000'003, [](size_t i) { return uint64_t{i} * i; });
  for (size_t i = 0; i < squares.size(); ++i) ASSERT_EQ(squares[i], i * i);
  EXPECT_TRUE(ForEach<int>(0, [](size_t) { return 1; }).empty());
}

}  // namespace
}  // namespace ablate
