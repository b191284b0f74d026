#include "harness/run/worker_location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/curve_comparison.h"
#include "harness/run/environment.h"
#include "model/error.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(WorkerLocationTest, NamesAMissingWorker) {
  const std::string folder = testing::TemporaryFolder();
  EXPECT_THAT(Message([&] { FindWorker(folder); }), HasSubstr("'ablate-worker'"));
}

TEST(WorkerLocationTest, ReadsTheVersionOfWheelsAndArchives) {
  const fs::path wheel = testing::TemporaryFolder();
  testing::WriteAll(
      wheel / "version.py",
      "__all__ = ['__version__', 'debug']\n__version__ = '2.11.0+cu130'\ndebug = False\n");
  EXPECT_EQ(TorchVersion(wheel / "lib"), "2.11.0+cu130");
  const fs::path archive = testing::TemporaryFolder();
  testing::WriteAll(archive / "build-version", "2.10.0+cpu\n");
  EXPECT_EQ(TorchVersion(archive / "lib"), "2.10.0+cpu");
  EXPECT_EQ(TorchVersion("/no/such/lib"), "");
}

// A program that needs libtorch_cpu.so, which nothing leads to.
class LonelyWorkerTest : public ::testing::Test {
 protected:
  LonelyWorkerTest() {
    testing::WriteAll(folder_ / "empty.c", "int torch_marker(void) { return 0; }\n");
    testing::WriteAll(folder_ / "main.c",
                      "int torch_marker(void); int main(void) { return torch_marker(); }\n");
    fs::create_directories(folder_ / "torch" / "lib");
    Compile({"-shared", "-fPIC", "-Wl,-soname,libtorch_cpu.so", "-o", Library().string(),
             (folder_ / "empty.c").string()});
    Compile({"-o", (folder_ / "ablate-worker").string(), (folder_ / "main.c").string(),
             Library().string()});
  }
  ~LonelyWorkerTest() override { unsetenv("TORCH_DIR"); }

  static void Compile(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {ABLATE_CXX, "-x", "c"});
    // The library is an object file, not a C source.
    if (arguments.back().ends_with(".so")) arguments.insert(arguments.end() - 1, {"-x", "none"});
    const testing::ProcessResult result = testing::RunProcess(arguments);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  fs::path Library() const { return folder_ / "torch" / "lib" / "libtorch_cpu.so"; }

  const fs::path folder_ = testing::TemporaryFolder();
};

TEST_F(LonelyWorkerTest, TakesTheTorchOfTorchDir) {
  testing::WriteAll(folder_ / "torch" / "build-version", "2.11.0\n");
  setenv("TORCH_DIR", (folder_ / "torch").c_str(), 1);
  const Worker worker = FindWorker(folder_);
  EXPECT_EQ(worker.torch_libraries, folder_ / "torch" / "lib");
  EXPECT_THAT(worker.environment.at("LD_LIBRARY_PATH"),
              HasSubstr((folder_ / "torch" / "lib").string()));
  EXPECT_EQ(testing::RunProcess({worker.executable.string()}, "", worker.environment).exit_code, 0);
}

TEST_F(LonelyWorkerTest, RefusesAnotherReleaseAndAnEmptyTorchDir) {
  testing::WriteAll(folder_ / "torch" / "build-version", "2.10.1\n");
  setenv("TORCH_DIR", (folder_ / "torch").c_str(), 1);
  EXPECT_THAT(Message([&] { FindWorker(folder_); }), HasSubstr("is 2.10.1; ablate needs 2.11"));
  setenv("TORCH_DIR", folder_.c_str(), 1);
  EXPECT_THAT(Message([&] { FindWorker(folder_); }), HasSubstr("holds no lib/libtorch_cpu.so"));
}

TEST_F(LonelyWorkerTest, AsksTheActivePythonWithoutImportingTorch) {
  // A python3 whose torch is the one above; importing it would fail.
  testing::WriteAll(folder_ / "torch" / "__init__.py", "raise SystemExit('imported')\n");
  testing::WriteAll(folder_ / "torch" / "version.py", "__version__ = '2.11.0+cpu'\n");
  setenv("PYTHONPATH", folder_.c_str(), 1);
  const Worker worker = FindWorker(folder_);
  unsetenv("PYTHONPATH");
  EXPECT_EQ(worker.torch_libraries, folder_ / "torch" / "lib");
}

TEST_F(LonelyWorkerTest, SaysHowToGetATorchWhereThereIsNone) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder_.c_str(), 1);
  const std::string message = Message([&] { FindWorker(folder_); });
  setenv("PATH", path.c_str(), 1);
  EXPECT_THAT(message, HasSubstr("pip install torch==2.11.0"));
}

// As a plan asks.
ResolvedDevice Resolve(const Worker& worker, const std::string& device) {
  return ResolveDevice(worker, device, MatrixRates::kLeftOut);
}

TEST(DeviceTest, NeverFallsBackFromCudaInSilence) {
  const Worker worker = FindWorker(testing::FolderWithFakeWorker());
  EXPECT_EQ(Resolve(worker, "auto").name, "cpu");
  EXPECT_EQ(Resolve(worker, "cpu").environment["threads"], 2);
  EXPECT_THAT(Message([&] { Resolve(worker, "cuda"); }), HasSubstr("no CUDA device"));
  EXPECT_THAT(Message([&] { Resolve(worker, "tpu"); }), HasSubstr("'tpu'"));
}

TEST(DeviceTest, MeasuresMatrixRatesWhereTheyAreAskedFor) {
  const Worker worker = FindWorker(testing::FolderWithFakeWorker());
  const ResolvedDevice measured = ResolveDevice(worker, "cpu", MatrixRates::kMeasured);
  EXPECT_TRUE(measured.environment.contains("matrix_flops_per_s"));
  EXPECT_FALSE(Resolve(worker, "cpu").environment.contains("matrix_flops_per_s"));
}

TEST(CurveComparisonTest, SeesEveryColumnButTheClock) {
  const std::string a = "update,train_s,train_loss,loss_scale\n1,0.5,2.5,\n2,1.0,2.25,\n";
  EXPECT_THAT(
      CurveDifferences(a, "update,train_s,train_loss,loss_scale\n1,0.7,2.5,\n2,1.9,2.25,\n", true),
      IsEmpty());
  EXPECT_THAT(CurveDifferences(
                  a, "update,train_s,train_loss,loss_scale\n1,0.5,2.5,\n2,1.0,2.2500002,\n", true),
              ElementsAre("row 2, train_loss: 2.25 there, 2.2500002 here"));
  EXPECT_THAT(
      CurveDifferences(a, "update,train_s,train_loss,loss_scale\n1,0.5,2.5,1\n2,1.0,2.25,\n", true),
      ElementsAre("row 1, loss_scale:  there, 1 here"));
  const std::string shorter = "update,train_s,train_loss,loss_scale\n1,0.5,2.5,\n";
  EXPECT_THAT(CurveDifferences(a, shorter, true), ElementsAre("2 rows there, 1 here"));
  EXPECT_THAT(CurveDifferences(a, shorter, false), IsEmpty());
  EXPECT_THAT(CurveDifferences(a, "", true), ElementsAre("one has no curve"));
}

}  // namespace
}  // namespace ablate
