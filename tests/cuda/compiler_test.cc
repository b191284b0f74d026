// That NVRTC, which needs no device, compiles every kernel for every architecture.
#include "model/net/cuda/compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "model/error.h"
#include "model/net/cuda/sources.h"
#include "tests/cuda/emulated_kernels.h"

namespace ablate::cuda {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string SourceName(const std::string& source) { return "model/net/cuda/" + source + ".cu"; }

class CompilerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      Compile(SourceName("projection_loss"), {}, 90);
    } catch (const Error& error) {
      const std::string why = error.what();
      if (why.find("install NVRTC") == why.npos) throw;
      GTEST_SKIP() << why;  // LibTorch of the CPU alone
    }
  }
};

using KernelsOfSources = std::map<std::string, std::vector<std::string>>;

// All instances of all kernels; or one of each, of bfloat16 where it may be.
KernelsOfSources Kernels(bool all) {
  KernelsOfSources kernels_of;
  for (const EmulatedKernel& kernel : EmulatedKernels()) {
    const bool embeds = kernel.source == "embedding";
    const bool one = kernel.name.find("double") == kernel.name.npos &&
                     kernel.name.find("Half") == kernel.name.npos &&
                     kernel.name.find("float, float") == kernel.name.npos &&
                     kernel.name.ends_with(embeds ? "float>" : "BFloat16>");
    if (all || one) kernels_of[kernel.source].push_back("ablate::cuda::" + kernel.name);
  }
  return kernels_of;
}

void ExpectCompiled(const KernelsOfSources& kernels_of, int capability) {
  EXPECT_EQ(kernels_of.size(), 4u);
  for (const auto& [source, kernels] : kernels_of) {
    SCOPED_TRACE(source);
    const CompiledKernels compiled = Compile(SourceName(source), kernels, capability);
    EXPECT_THAT(compiled.image, StartsWith("\x7F"
                                           "ELF"));
    ASSERT_THAT(compiled.names, SizeIs(kernels.size()));
    for (const std::string& name : compiled.names) EXPECT_THAT(compiled.image, HasSubstr(name));
  }
}

class ArchitectureTest : public CompilerTest, public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Capabilities, ArchitectureTest, ::testing::Values(75, 80, 86, 89, 90, 100),
                         [](const auto& test) { return "sm_" + std::to_string(test.param); });

TEST_P(ArchitectureTest, HasEveryKernel) { ExpectCompiled(Kernels(/*all=*/false), GetParam()); }

TEST_F(CompilerTest, CompilesEveryKernelInEveryType) {
  ExpectCompiled(Kernels(/*all=*/true), /*capability=*/90);
}

TEST_F(CompilerTest, GivesPtxForADeviceThatItDoesNotKnow) {
  const auto compiled = Compile(SourceName("projection_loss"), {"ablate::cuda::Scale<float>"}, 999);
  EXPECT_THAT(compiled.image, HasSubstr(".target sm_"));
  EXPECT_THAT(compiled.image, HasSubstr(compiled.names.front()));
}

std::optional<std::string> Refusal(const std::string& source, const std::string& kernel,
                                   int capability) {
  try {
    Compile(source, {kernel}, capability);
  } catch (const Error& error) {
    return error.what();
  }
  return std::nullopt;
}

TEST_F(CompilerTest, SaysWhatIsWrong) {
  const std::string source = SourceName("projection_loss"), kernel = "ablate::cuda::Scale<float>";
  EXPECT_THAT(Refusal(source, kernel, 35).value(), HasSubstr("sm_35"));
  EXPECT_THAT(Refusal("none.cu", kernel, 90).value(), HasSubstr("none.cu"));
  EXPECT_THAT(Refusal(source, "ablate::cuda::Scales<float>", 90).value(), HasSubstr("Scales"));
}

TEST(SourcesTest, HoldsEveryFile) {
  EXPECT_THAT(Sources(), SizeIs(9));
  for (const Source& source : Sources()) {
    EXPECT_THAT(std::string(source.text), EndsWith("}  // namespace ablate::cuda\n"))
        << source.name;
  }
}

}  // namespace
}  // namespace ablate::cuda
