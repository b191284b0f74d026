#include "harness/report/exports/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/study.h"

namespace ablate {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CsvTest, HasARowARecordAndQuotesWhatNeedsIt) {
  testing::Study study(1);
  study.RunAll().Change("dynamic,constant", 1, [](Record& record) {
    testing::Ended(record, Status::kFailed, "said \"no\",\nthen died");
  });
  const std::string csv = RecordsCsv(study.results().records);
  EXPECT_THAT(csv, HasSubstr("factors.padding,factors.schedule"));
  EXPECT_THAT(csv, HasSubstr("\"said \"\"no\"\",\nthen died\""));
  EXPECT_THAT(csv, HasSubstr("\"padding=static,schedule=constant\""));
  size_t rows = 0;
  for (size_t at = csv.find("\r\n"); at != std::string::npos; at = csv.find("\r\n", at + 2)) ++rows;
  EXPECT_EQ(rows, 5u);
}

}  // namespace
}  // namespace ablate
