#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

#include "tests/cli/driver.h"
#include "tests/runner/small_suite.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;
using testing::Driver;
using ::testing::HasSubstr;
using testing::ProcessResult;
using testing::ReadAll;

class CommandLineTest : public ::testing::Test {
 protected:
  Driver driver_;
};

TEST_F(CommandLineTest, HelpsOnEveryCommand) {
  const ProcessResult whole = driver_.Run({"--help"});
  EXPECT_EQ(whole.exit_code, 0);
  for (const char* command : {"run", "plan", "report", "compare", "merge", "verify", "profile",
                              "fetch", "bench", "doctor"}) {
    EXPECT_THAT(whole.out, HasSubstr(std::string("\n  ") + command));
    const ProcessResult help = driver_.Run({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("Usage: ablate " + std::string(command)));
  }
  EXPECT_THAT(driver_.Run({"--version"}).out, HasSubstr("ablate 0."));
}

TEST_F(CommandLineTest, UsageErrorsExitWithThree) {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"run"},
                                                       {"plan"},
                                                       {"--nonsense"},
                                                       {"run", "a", "b"},
                                                       {"plan", "x.json", "--filter", "y"},
                                                       {"verify", "x", "--runs", "0"},
                                                       {"run", "x.json", "--timeout", "soon"}};
  for (const auto& arguments : wrong) EXPECT_EQ(driver_.Run(arguments).exit_code, 3);
}

TEST_F(CommandLineTest, TellsAMisspelledCommandFromAMissingFile) {
  const ProcessResult command = driver_.Run({"repot", "x.json"});
  EXPECT_EQ(command.exit_code, 3);
  EXPECT_THAT(command.err, HasSubstr("did you mean 'report'"));
  const ProcessResult file = driver_.Run({"suites/no.json"});
  EXPECT_EQ(file.exit_code, 3);
  EXPECT_THAT(file.err, HasSubstr("suites/no.json"));
}

TEST_F(CommandLineTest, SaysWhereASuiteIsWrong) {
  driver_.WriteSuite(testing::SmallSuiteText(R"("seedz": [1])"));
  const ProcessResult result = driver_.Run({"plan", driver_.suite().string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("small.json:"));
  EXPECT_THAT(result.err, HasSubstr("seeds"));
}

TEST_F(CommandLineTest, PlansWithoutWorkerOrCorpusWithinItsBudget) {
  fs::remove(driver_.project() / "bin" / "ablate-worker");
  double best_s = 1;
  for (int i = 0; i < 5; ++i) {  // other work on the machine slows some of them
    const auto start = std::chrono::steady_clock::now();
    const ProcessResult result = driver_.Run({"plan", driver_.suite().string()});
    best_s = std::min(
        best_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("padding=dynamic,schedule=onecycle"));
  }
  EXPECT_FALSE(fs::exists(driver_.project() / "cache"));
  EXPECT_FALSE(fs::exists(driver_.results()));
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(best_s, 0.05);
  rusage usage = {};
  getrusage(RUSAGE_CHILDREN, &usage);
  EXPECT_LT(usage.ru_maxrss, 50 * 1024);  // of the largest child of this program
#endif
}

TEST_F(CommandLineTest, NamesAMissingWorker) {
  fs::remove(driver_.project() / "bin" / "ablate-worker");
  const ProcessResult result = driver_.Run({driver_.suite().string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("no 'ablate-worker'"));
}

TEST_F(CommandLineTest, NamesTheCommandThatFetchesAnAbsentCorpus) {
  std::string text = testing::SmallSuiteText();
  const std::string corpus = R"({"name": "phrasebook", "pairs": 300})";
  text.replace(text.find(corpus), corpus.size(), R"({"name": "multi30k"})");
  driver_.WriteSuite(text);
  const ProcessResult result = driver_.Run({driver_.suite().string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("ablate fetch multi30k"));
  EXPECT_EQ(driver_.Starts(), 0u);
}

TEST_F(CommandLineTest, RefusesSentencesLongerThanTheModel) {
  std::string text = testing::SmallSuiteText();
  text.replace(text.find("\"d_ff\": 64"), 10, "\"d_ff\": 64, \"max_length\": 3");
  driver_.WriteSuite(text);
  const ProcessResult result = driver_.Run({driver_.suite().string()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, ::testing::ContainsRegex("small.json:3: model.max_length: in the cell .*"
                                                   "but model.max_length is 3; raise it"));
  EXPECT_EQ(driver_.Starts(), 0u);
}

class PlanChecksTest : public ::testing::Test {
 protected:
  // The small suite with another matrix.
  ProcessResult Plan(const std::string& matrix, const std::string& from = "",
                     const std::string& to = "") {
    std::string text = testing::SmallSuiteText();
    const auto replace = [&](const std::string& old, const std::string& by) {
      text.replace(text.find(old), old.size(), by);
    };
    replace(R"("schedule": ["constant", "onecycle"])", matrix);
    replace(R"("padding": "static", "schedule": "constant")", R"("padding": "static")");
    if (!from.empty()) replace(from, to);
    driver_.WriteSuite(text);
    return driver_.Run({"plan", driver_.suite().string()});
  }
  Driver driver_;
  const std::string parallel_ = R"("parallelism": ["none", {"name": "data", "processes": 2}])";
};

TEST_F(PlanChecksTest, RefusesWhatDoesNotDivideTheBatchOrTheLayers) {
  const auto refusal = [&](const std::string& factor, const std::string& level) {
    const ProcessResult result = Plan("\"" + factor + R"(": ["none", )" + level + "]");
    EXPECT_EQ(result.exit_code, 3) << result.out;
    return result.err;
  };
  const std::string cell = ": in the cell padding=static,";
  EXPECT_THAT(refusal("accumulation", R"({"name": "micro_batches", "count": 5})"),
              HasSubstr("small.json:6: matrix.accumulation[1]" + cell +
                        "accumulation=micro_batches: a batch of 32 sentences does not divide into "
                        "5 micro_batches"));
  EXPECT_THAT(refusal("parallelism", R"({"name": "model", "processes": 5})"),
              HasSubstr("small.json:6: matrix.parallelism[1]" + cell +
                        "parallelism=model: processes: 5 stages need as many layers"));
  EXPECT_THAT(refusal("parallelism", R"({"name": "model", "micro_batches": 5})"),
              HasSubstr("small.json:6: matrix.parallelism[1]" + cell +
                        "parallelism=model: micro_batches: 5 does not divide "
                        "training.batch_size 32"));
  EXPECT_THAT(refusal("parallelism", R"({"name": "data", "processes": 33})"),
              HasSubstr("small.json:6: matrix.parallelism[1]" + cell +
                        "parallelism=data: processes: 33 is more than training.batch_size 32"));
}

TEST_F(PlanChecksTest, RefusesProcessesThatCannotTalk) {
  ProcessResult result = Plan(parallel_);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("padding=dynamic,parallelism=data  (2 processes)\n"));
  testing::WriteAll(driver_.project() / "bin" / "no_gloo", "");
  for (const char* command : {"plan", "run"}) {
    result = driver_.Run({command, driver_.suite().string()});
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.err, ::testing::ContainsRegex(
                                "small.json:[0-9]+: matrix.parallelism.1.: in the cell "
                                "padding=static,parallelism=data: 2 processes need Gloo, which"));
  }
  EXPECT_EQ(driver_.Starts(), 0u);
}

TEST_F(PlanChecksTest, RefusesMoreProcessesThanGpus) {
  testing::WriteAll(driver_.project() / "bin" / "pretend_cuda", "");
  const ProcessResult result = Plan(parallel_, R"("device": "cpu")", R"("device": "cuda")");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("2 processes need 2 GPUs, 1 is here"));
}

TEST_F(PlanChecksTest, RefusesOnAGpuWhatIsForCpus) {
  testing::WriteAll(driver_.project() / "bin" / "pretend_cuda", "");
  const char* const level = R"("replicas": ["none", "threads"])";
  const ProcessResult result = Plan(level, R"("device": "cpu")", R"("device": "cuda")");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("is for CPUs alone, and the suite's device is cuda"));
  EXPECT_EQ(Plan(level).exit_code, 0);
  const char* const fused = R"("kernels": ["reference", "fused"])";
  EXPECT_EQ(Plan(fused, R"("device": "cpu")", R"("device": "cuda")").exit_code, 0);
}

TEST_F(PlanChecksTest, RefusesOnACpuWhatIsForGpus) {
  const char* const float16 = R"("precision": ["fp32", {"name": "amp", "dtype": "fp16"}])";
  EXPECT_EQ(Plan(float16).exit_code, 0);
  const std::string fused = float16 + std::string(R"(, "kernels": ["reference", "fused"])");
  for (const ProcessResult& result :
       {Plan(float16, R"("padding": ["static", "dynamic"])", R"("padding": ["static", "packed"])"),
        Plan(fused)}) {
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.err, HasSubstr("is for GPUs alone"));
  }
}

TEST_F(PlanChecksTest, RefusesGraphsOnACpu) {
  const std::string graph = R"("graph": ["off", "on"])";
  const ProcessResult result =
      Plan(graph, R"("padding": ["static", "dynamic"])", R"("padding": ["static"])");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("matrix.graph[1]: in the cell padding=static,graph=on: graphs "
                                    "are CUDA's, and the suite's device is cpu"));
  EXPECT_THAT(Plan(graph).err, HasSubstr("a captured graph has one shape for all updates"));
}

TEST_F(PlanChecksTest, RefusesMoreReplicasThanThreads) {
  const std::string replicas = R"("replicas": ["none", {"name": "threads", "count": )";
  EXPECT_EQ(Plan(replicas + "2}]").exit_code, 0);
  const ProcessResult result = Plan(replicas + "3}]");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("3 replicas need a thread each, and there are 2 here"));
}

TEST_F(PlanChecksTest, SaysWhatItCouldNotCheck) {
  ProcessResult result = Plan(parallel_, R"("device": "cpu")", R"("device": "cuda")");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("note: not checked is whether this device can train"));
  result = Plan(R"("batching": ["sentences", {"name": "tokens", "max_tokens": 500}])",
                R"({"name": "phrasebook", "pairs": 300})", R"({"name": "multi30k"})");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("note: not checked is whether every sentence fits"));
  EXPECT_THAT(result.err, HasSubstr("ablate fetch multi30k"));
  fs::remove(driver_.project() / "bin" / "ablate-worker");
  EXPECT_EQ(Plan(parallel_).exit_code, 0);
}

TEST_F(PlanChecksTest, RefusesLimitsBelowTheLongestSentence) {
  ProcessResult result = Plan(R"("batching": ["sentences", {"name": "tokens", "max_tokens": 5}])");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err,
              ::testing::ContainsRegex("small.json:[0-9]+: matrix.batching.1.: in the cell "
                                       "padding=static,batching=tokens: the longest"));
  result = Plan(R"("batching": ["sentences", {"name": "tokens", "max_tokens": 900}])");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  result = Plan(R"("sharing": ["none"])", R"("padding": ["static", "dynamic"])",
                R"("padding": ["static", {"name": "static", "length": 5, "label": "five"}])");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err,
              ::testing::ContainsRegex("small.json:[0-9]+: matrix.padding.1.: in the cell "
                                       "padding=five,sharing=none: the longest"));
}

TEST_F(CommandLineTest, VerifiesThatRunsRepeat) {
  ASSERT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code, 0);
  const std::string before = ReadAll(driver_.results() / "records.jsonl");
  const ProcessResult same = driver_.Run({"verify", driver_.results().string(), "--runs", "2"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("2 of 2 runs repeated themselves"));
  for (const auto& entry : fs::recursive_directory_iterator(driver_.results() / "runs")) {
    if (entry.path().filename() != "curve.csv") continue;
    std::string text = ReadAll(entry.path());
    text.replace(text.find(",2.5,"), 5, ",2.6,");
    testing::WriteAll(entry.path(), text);
  }
  const ProcessResult different =
      driver_.Run({"verify", driver_.results().string(), "--runs", "1"});
  EXPECT_EQ(different.exit_code, 1);
  EXPECT_THAT(different.out, HasSubstr("train_loss: 2.6 there, 2.5 here"));
  EXPECT_EQ(ReadAll(driver_.results() / "records.jsonl"), before);
  EXPECT_EQ(driver_.Run({"verify", driver_.project().string()}).exit_code, 3);
}

TEST_F(CommandLineTest, PrintsTheProfilersCommandWhereThereIsNoProfiler) {
  const std::vector<std::string> profile = {"profile", driver_.suite().string(), "--cell",
                                            "padding=dynamic,schedule=onecycle"};
  const ProcessResult result = driver_.Run(profile, {"env", "PATH=/nowhere"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.out, HasSubstr("nsys profile --output="));
  EXPECT_THAT(result.out, HasSubstr("ablate-worker --config"));
  EXPECT_THAT(result.err, HasSubstr("Nsight Systems"));
  EXPECT_FALSE(fs::exists(driver_.results() / "records.jsonl"));
  EXPECT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code,
            0);  // the folder still is good for results
  const ProcessResult many =
      driver_.Run({"profile", driver_.suite().string(), "--cell", "padding=dynamic"});
  EXPECT_EQ(many.exit_code, 3);
  EXPECT_THAT(many.err, HasSubstr("2 cells fit"));
}

TEST_F(CommandLineTest, HandsThingsOverToProfilerAndBenchmarks) {
  const fs::path tools = driver_.project() / "bin";
  const auto tool = [&](const char* name) {
    testing::WriteAll(tools / name, "#!/bin/sh\necho $0 \"$@\"\n");
    fs::permissions(tools / name, fs::perms::owner_all);
  };
  tool("nsys");
  tool("ablate-bench");
  const ProcessResult profile = driver_.Run({"profile", driver_.suite().string()},
                                            {"env", "PATH=" + tools.string() + ":/usr/bin:/bin"});
  EXPECT_EQ(profile.exit_code, 0) << profile.err;
  EXPECT_THAT(profile.out, HasSubstr("/nsys profile"));
  const ProcessResult bench =
      driver_.Run({"bench", "--benchmark_filter=Loss", "--help", "-v", "x"});
  EXPECT_EQ(bench.exit_code, 0) << bench.err;
  EXPECT_THAT(bench.out, HasSubstr("ablate-bench --benchmark_filter=Loss --help -v x"));
}

TEST_F(CommandLineTest, RendersAReportOfAnyFolder) {
  ASSERT_EQ(driver_.Run({driver_.suite().string(), "--no-report"}).exit_code, 0);
  const fs::path output = driver_.project() / "elsewhere";
  const ProcessResult result =
      driver_.Run({"report", driver_.results().string(), "--output", output.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(output / "report.md"));
  EXPECT_EQ(driver_.Run({"report", driver_.results().string() + "/"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(driver_.report() / "report.md"));
  EXPECT_EQ(driver_.Run({"report", driver_.project().string()}).exit_code, 3);
}

TEST_F(CommandLineTest, DoctorTellsWhatIsThereAndWhatIsMissing) {
  const ProcessResult well = driver_.Run({"doctor"});
  EXPECT_EQ(well.exit_code, 0) << well.out;
  for (const char* what : {"CPU", "memory", "disk", "worker", "Gloo", "GPU", "multi30k",
                           "ablate fetch opus_books", "plots"}) {
    EXPECT_THAT(well.out, HasSubstr(what));
  }
  fs::remove(driver_.project() / "bin" / "ablate-worker");
  const ProcessResult ill = driver_.Run({"doctor"});
  EXPECT_EQ(ill.exit_code, 3);
  EXPECT_THAT(ill.out, HasSubstr("MISSING worker"));
}

TEST_F(CommandLineTest, FetchesFromAFolder) {
  EXPECT_EQ(driver_.Run({"fetch", "multi40k"}).exit_code, 3);
  const ProcessResult absent =
      driver_.Run({"fetch", "multi30k", "--from", (driver_.project() / "no").string()});
  EXPECT_EQ(absent.exit_code, 3);
  EXPECT_FALSE(absent.err.empty());
}

}  // namespace
}  // namespace ablate
