// Whose processes the kernel ended: on machines that are folders, and on this one where it lets us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "harness/run/out_of_memory.h"
#include "harness/run/process.h"
#include "tests/runner/small_suite.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

namespace fs = std::filesystem;

class OutOfMemoryKillsTest : public ::testing::Test {
 protected:
  OutOfMemoryKillsTest() { Write("proc/vmstat", "pgfault 7\noom_kill 100\n"); }

  void Write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root_ / file).parent_path());
    testing::WriteAll(root_ / file, text);
  }
  // One that shows the group `root` at the folder `point` of this machine.
  std::string Mount(const std::string& root, const std::string& point, const std::string& type,
                    const std::string& options = "rw") const {
    return "31 23 0:28 " + root + " " + (root_ / point).string() + " rw,relatime shared:9 - " +
           type + " cgroup " + options + "\n";
  }
  OutOfMemoryKills Kills() const { return OutOfMemoryKills(root_ / "proc"); }
  void ExpectOfGroup(int64_t count) const {
    EXPECT_EQ(Kills().Count(), count);
    EXPECT_FALSE(Kills().of_whole_machine());
  }
  void ExpectOfWholeMachine() const {
    EXPECT_EQ(Kills().Count(), 100);
    EXPECT_TRUE(Kills().of_whole_machine());
  }

  const fs::path root_ = testing::TemporaryFolder();
};

TEST_F(OutOfMemoryKillsTest, AreThoseOfOurControlGroupOfVersion2) {
  Write("proc/self/cgroup", "0::/job/a\n");
  Write("proc/self/mountinfo", Mount("/", "cgroup", "cgroup2"));
  Write("cgroup/job/a/memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 3\n");
  Write("cgroup/memory.events", "oom_kill 50\n");
  ExpectOfGroup(3);
}

TEST_F(OutOfMemoryKillsTest, AreThoseOfOurControlGroupOfVersion1) {
  Write("proc/self/cgroup", "9:name=systemd:/\n4:hugetlb,memory:/job/a\n0::/\n");
  Write("proc/self/mountinfo", Mount("/", "unified", "cgroup2") +
                                   Mount("/", "cpu", "cgroup", "rw,cpu") +
                                   Mount("/", "memory", "cgroup", "rw,hugetlb,memory"));
  Write("memory/job/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
  ExpectOfGroup(4);
}

// A container that sees its own group at the root of its file system, and its name from outside.
TEST_F(OutOfMemoryKillsTest, AreFoundWhereAContainerSeesOnlyItsOwnGroup) {
  Write("proc/self/cgroup", "4:memory:/docker/abc\n");
  Write("proc/self/mountinfo", Mount("/docker/abc", "memory", "cgroup", "rw,memory"));
  Write("memory/memory.oom_control", "oom_kill 5\n");
  ExpectOfGroup(5);
}

TEST_F(OutOfMemoryKillsTest, AreThoseOfTheNearestGroupThatHasTheMemoryController) {
  Write("proc/self/cgroup", "0::/user/session/app\n");
  Write("proc/self/mountinfo", Mount("/", "cgroup", "cgroup2"));
  Write("cgroup/user/session/app/cgroup.procs", "");
  Write("cgroup/user/memory.events", "oom_kill 6\n");
  ExpectOfGroup(6);
}

TEST_F(OutOfMemoryKillsTest, AreFoundBehindABlank) {
  Write("proc/self/cgroup", "0::/my job\n");
  Write("proc/self/mountinfo", Mount("/", "c\\040g", "cgroup2"));
  Write("c g/my job/memory.events", "oom_kill 7\n");
  ExpectOfGroup(7);
}

TEST_F(OutOfMemoryKillsTest, AreThoseOfTheWholeMachineWhereNoGroupTells) {
  ExpectOfWholeMachine();
  Write("proc/self/mountinfo", "garbage\n" + Mount("/", "cgroup", "cgroup2"));
  Write("proc/self/cgroup", "0::/\nnothing\n");  // the root has no such file
  ExpectOfWholeMachine();
  Write("proc/self/cgroup", "0::/../elsewhere\n");
  Write("elsewhere/memory.events", "oom_kill 8\n");
  ExpectOfWholeMachine();
}

TEST_F(OutOfMemoryKillsTest, AreNoneWhereNothingTells) {
  EXPECT_EQ(OutOfMemoryKills(root_ / "nowhere").Count(), 0);
}

// Ends by SIGKILL, after a script that counts somewhere.
ProcessEnd EndByKill(const fs::path& proc, const std::string& script, const fs::path& log) {
  return MakeProcessRunner(proc)->Run(
      {.argv = {"sh", "-c", script + "; kill -KILL $$"}, .log = log, .grace_s = 0.3}, {});
}

TEST_F(OutOfMemoryKillsTest, MakeARunOutOfMemoryWhereTheyAreOurs) {
  Write("proc/self/cgroup", "0::/job\n");
  Write("proc/self/mountinfo", Mount("/", "cgroup", "cgroup2"));
  Write("cgroup/job/memory.events", "oom_kill 3\n");
  const std::string group = (root_ / "cgroup/job/memory.events").string();
  const std::string machine = (root_ / "proc/vmstat").string();
  const std::string ours = "echo oom_kill 4 >" + group;
  const std::string anothers = "echo oom_kill 101 >" + machine;
  const auto end = [&](const std::string& script) {
    return EndByKill(root_ / "proc", script, root_ / "log.txt");
  };
  EXPECT_FALSE(end(anothers).out_of_memory);
  EXPECT_TRUE(end(ours).out_of_memory);
  EXPECT_FALSE(end("echo oom_kill 5 >" + group).counted_on_whole_machine);
  EXPECT_FALSE(end("true").out_of_memory);
  fs::remove(group);
  const ProcessEnd last = end("echo oom_kill 102 >" + machine);
  EXPECT_TRUE(last.out_of_memory);
  EXPECT_TRUE(last.counted_on_whole_machine);
}

// A group of version 1 below ours, with little memory, for this test alone.
class SmallGroup {
 public:
  SmallGroup() {
    std::ifstream lines("/proc/self/cgroup");
    for (std::string line; std::getline(lines, line);) {
      const size_t path = line.find(":memory:");
      if (path != std::string::npos) Make("/sys/fs/cgroup/memory" + line.substr(path + 8));
    }
  }
  ~SmallGroup() {
    if (made_) rmdir(folder_.c_str());
  }
  bool made() const { return made_; }
  std::string procs() const { return (folder_ / "cgroup.procs").string(); }

 private:
  void Make(const fs::path& parent) {
    folder_ = parent / ("ablate-test-" + std::to_string(getpid()));
    std::error_code error;
    if (!fs::create_directory(folder_, error)) return;
    std::ofstream limit(folder_ / "memory.limit_in_bytes");
    limit << (48 << 20) << std::flush;
    made_ = limit.good();
  }
  fs::path folder_;
  bool made_ = false;
};

constexpr const char* kTakeAllMemory = "exec tail /dev/zero";

TEST_F(OutOfMemoryKillsTest, AreToldByThisKernelToo) {
  const SmallGroup group;
  if (!group.made()) GTEST_SKIP() << "no control group with a limit may be made here";
  const std::string into = "sh -c 'echo $$ >" + group.procs() + "; " + kTakeAllMemory + "'";
  // Another group's, while ours is ended by someone else: by the machine's count it would be ours.
  EXPECT_FALSE(EndByKill("/proc", into, root_ / "log.txt").out_of_memory);
  const pid_t driver = fork();
  if (driver == 0) {
    std::ofstream(group.procs()) << getpid() << std::flush;
    const ProcessEnd end = MakeProcessRunner()->Run(
        {.argv = {"sh", "-c", kTakeAllMemory}, .log = root_ / "log.txt", .grace_s = 0.3}, {});
    _exit(end.out_of_memory && !end.counted_on_whole_machine ? 0 : 1);
  }
  int status = 1;
  waitpid(driver, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ablate
