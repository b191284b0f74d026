#include "model/data/sha256.h"

#include <gtest/gtest.h>

#include "model/error.h"
#include "tests/data/corpus_files.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

// The examples of FIPS 180-2, appendix B.
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfMillion =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256Test, GivesThePublishedDigests) {
  EXPECT_EQ(Sha256Hex("abc"), kOfAbc);
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256Test, StreamsInPieces) {
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.Update(std::string(1000, 'a'));
  EXPECT_EQ(hash.HexDigest(), kOfMillion);
}

TEST(Sha256Test, ReadsFilesLargerThanABlock) {
  const std::filesystem::path path = std::filesystem::path(testing::TemporaryFolder()) / "million";
  testing::WriteFile(path, std::string(1000000, 'a'));
  EXPECT_EQ(Sha256OfFile(path), kOfMillion);
}

TEST(Sha256Test, RefusesWhatCannotBeRead) {
  const std::filesystem::path folder = testing::TemporaryFolder();
  EXPECT_THROW(Sha256OfFile(folder / "absent"), Error);
  EXPECT_THROW(Sha256OfFile(folder), Error);
}

}  // namespace
}  // namespace ablate
