#include "athanor/jobs/local_executor.hpp"

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <future>
#include <unistd.h>

#include "support/temp_dir.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/async/readiness.hpp"
#include "athanor/core/files.hpp"
#include "athanor/jobs/process_identity.hpp"
#include "athanor/jobs/worker_lock.hpp"

namespace athanor::jobs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Runs shell scripts as workers.
class LocalExecutorTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<RunningWorker>> start(const std::string& script) {
    const auto program = folder.path() / "worker";
    EXPECT_TRUE(write_file_atomic(program, "#!/bin/sh\n" + script + "\n"));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    executor = make_executor(program);
    return executor->start(folder.path(), attempt, keys);
  }

  std::unique_ptr<Executor> make_executor(const std::filesystem::path& program) {
    return make_local_executor(
        {.program = program, .threads = 3, .launcher = ATHANOR_TEST_LAUNCHER}, io.get_executor());
  }

  std::optional<WorkerExit> wait_for(RunningWorker& worker) {
    auto exit = boost::asio::co_spawn(io, worker.wait(), boost::asio::use_future);
    io.restart();
    io.run();
    return exit.get();
  }

  WorkerExit run(const std::string& script) { return wait_for(**start(script)).value(); }

  std::string log() { return read_file(folder.path() / "log.txt").value_or(""); }

  testing::TempDir folder;
  std::int64_t attempt = 1;
  contract::JobKeys keys;
  boost::asio::io_context io;
  std::unique_ptr<Executor> executor;
};

TEST_F(LocalExecutorTest, TellsTheExitCode) {
  const WorkerExit exit = run("exit 7");

  EXPECT_EQ(exit.code, 7);
  EXPECT_EQ(exit.signal, std::nullopt);
}

TEST_F(LocalExecutorTest, TellsTheSignal) {
  const WorkerExit exit = run("kill -SEGV $$");

  EXPECT_EQ(exit.code, std::nullopt);
  EXPECT_EQ(exit.signal, SIGSEGV);
}

TEST_F(LocalExecutorTest, CallsTheProgramWithTheDirectory) {
  run("echo \"$1 $2\"");

  EXPECT_EQ(log(), "run " + folder.path().string() + "\n");
}

TEST_F(LocalExecutorTest, AppendsBothOutputsToTheLog) {
  ASSERT_TRUE(write_file_atomic(folder.path() / "log.txt", "before\n"));

  run("echo out; echo err >&2");

  EXPECT_EQ(log(), "before\nout\nerr\n");
}

TEST_F(LocalExecutorTest, GivesTheWorkerNoInputAndNoDescriptorOfTheServer) {
  const UniqueFd secret(::open("/dev/zero", O_RDONLY));  // NOLINT: inheritable on purpose.

  run("readlink /proc/self/fd/0; ls -l /proc/self/fd");

  EXPECT_THAT(log(), HasSubstr("/dev/null"));
  EXPECT_THAT(log(), Not(HasSubstr("/dev/zero")));
}

TEST_F(LocalExecutorTest, GivesTheWorkerItsKeysThroughAPipeAlone) {
  keys.own = Secret(std::string("hidden"));
  keys.parent = Secret(std::string("veiled"));

  run("echo \"$0 $@\"; env; cat \"$2\"/*.json; echo; cat <&4 | tr a-z A-Z");

  EXPECT_THAT(log(), HasSubstr(R"("OWN":"HIDDEN")"));
  EXPECT_THAT(log(), HasSubstr(R"("PARENT":"VEILED")"));
  EXPECT_THAT(log(), Not(HasSubstr("hidden")));
  EXPECT_THAT(log(), Not(HasSubstr("veiled")));
}

TEST_F(LocalExecutorTest, GivesTheWorkerNoEnvironmentOfTheServerButAFewNames) {
  ASSERT_EQ(setenv("ATHANOR_TEST_SECRET", "hidden", 1), 0);

  run("env");

  EXPECT_THAT(log(), Not(HasSubstr("hidden")));
  EXPECT_THAT(log(), HasSubstr("PATH="));
  EXPECT_THAT(log(), HasSubstr("OMP_NUM_THREADS=3\n"));
  EXPECT_THAT(log(), HasSubstr("OMP_WAIT_POLICY=PASSIVE\n"));
  EXPECT_THAT(log(), HasSubstr("GLOG_minloglevel=2\n"));
}

// A child that were spared would keep the test until ctest ends it.
TEST_F(LocalExecutorTest, KillsWhatTheWorkerLeavesBehind) {
  run(fmt::format("sleep 1000 & echo $! > {}/child", folder.path().string()));

  const pid_t child = std::stoi(read_file(folder.path() / "child").value());
  auto process = open_process(child);
  if (process) {
    Readiness ended(std::move(*process), io.get_executor());
    auto gone = boost::asio::co_spawn(io, ended.wait(), boost::asio::use_future);
    io.restart();
    io.run();
    EXPECT_TRUE(gone.get());
  }
}

TEST_F(LocalExecutorTest, SaysInTheStatusThatTheProgramIsMissing) {
  executor = make_executor(folder.path() / "absent");

  const WorkerExit exit = wait_for(**executor->start(folder.path(), 1, keys)).value();

  EXPECT_NE(exit.code, 0);
  EXPECT_THAT(read_file(folder.path() / "status.json").value_or(""),
              HasSubstr("cannot start the worker program absent: No such file"));
  EXPECT_THAT(log(), HasSubstr("cannot start the worker program absent"));
}

TEST_F(LocalExecutorTest, SaysThatTheLauncherIsMissing) {
  executor = make_local_executor({.program = "unused", .launcher = folder.path() / "absent"},
                                 io.get_executor());

  const auto started = executor->start(folder.path(), 1, keys);

  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              HasSubstr("cannot start the worker program absent: No such file"));
}

TEST_F(LocalExecutorTest, RecordsTheWorkersIdentityBeforeTheWorkerBegins) {
  attempt = 4;

  run("cat worker.json 2>&1 || cat \"$2/worker.json\"; echo; echo pid $$");

  const auto recorded = read_worker_file(folder.path());
  ASSERT_TRUE(recorded);
  EXPECT_EQ(recorded->attempt, 4);
  EXPECT_THAT(log(), HasSubstr("\"attempt\": 4"));
  EXPECT_THAT(log(), HasSubstr(fmt::format("pid {}\n", recorded->process.pid)));
}

TEST_F(LocalExecutorTest, StartsNoSecondWorkerWhileOneLives) {
  auto first = start("exec sleep 1000");
  ASSERT_TRUE(first);

  const auto second = executor->start(folder.path(), 2, keys);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  (*first)->stop(std::chrono::milliseconds::zero());
  wait_for(**first);
  auto third = executor->start(folder.path(), 2, keys);
  ASSERT_TRUE(third);
  (*third)->stop(std::chrono::milliseconds::zero());
  wait_for(**third);
}

TEST_F(LocalExecutorTest, StartsNoWorkerWhileAChildOfTheFormerOneLives) {
  // In a session of its own, it outlives the worker's process group.
  run("cd \"$2\"; setsid sh -c 'echo $$ > child; exec sleep 1000' & "
      "until [ -s child ]; do :; done");

  const auto second = executor->start(folder.path(), 2, keys);

  ::kill(std::stoi(read_file(folder.path() / "child").value()), SIGKILL);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

TEST_F(LocalExecutorTest, StopsAWorkerBySigterm) {
  auto worker = start("exec sleep 1000");
  ASSERT_TRUE(worker);

  (*worker)->stop(std::chrono::minutes(1));
  // The grace timer would keep the loop busy: what ends it is the worker's own end.
  auto exit = boost::asio::co_spawn(io, (*worker)->wait(), boost::asio::use_future);
  while (exit.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    io.run_one();
  }

  EXPECT_EQ(exit.get()->signal, SIGTERM);
}

TEST_F(LocalExecutorTest, LeavesAWorkerThatGoesOn) {
  auto worker = start("exec sleep 1000");
  ASSERT_TRUE(worker);

  (*worker)->leave();

  EXPECT_EQ(wait_for(**worker), std::nullopt);
  auto adopted = executor->adopt(folder.path());
  ASSERT_TRUE(adopted && adopted->worker);
  EXPECT_EQ(adopted->attempt, 1);
  adopted->worker->stop(std::chrono::milliseconds::zero());
  EXPECT_EQ(wait_for(*adopted->worker)->signal, SIGKILL);
}

TEST_F(LocalExecutorTest, AdoptsNothingWhereNoWorkerWasStarted) {
  executor = make_executor("unused");

  const auto adopted = executor->adopt(folder.path());

  ASSERT_TRUE(adopted);
  EXPECT_EQ(adopted->worker, nullptr);
  EXPECT_EQ(adopted->attempt, std::nullopt);
}

TEST_F(LocalExecutorTest, AdoptsNoWorkerThatHasEnded) {
  run("exit 0");

  const auto adopted = executor->adopt(folder.path());

  ASSERT_TRUE(adopted);
  EXPECT_EQ(adopted->worker, nullptr);
  EXPECT_EQ(adopted->attempt, 1);
}

/// Somebody who holds the lock of a launch, as a launcher does.
class AdoptsDuringALaunch : public LocalExecutorTest {
 protected:
  /// Adopts in a thread of its own while `finish` ends the launch.
  Adoption adopt_while(const std::function<void(UniqueFd)>& finish) {
    executor = make_executor("unused");
    UniqueFd lock = lock_for_launch(folder.path()).value();
    auto adopted =
        std::async(std::launch::async, [&] { return executor->adopt(folder.path()).value(); });
    finish(std::move(lock));
    return adopted.get();
  }
};

TEST_F(AdoptsDuringALaunch, AWorkerThatIsRecordedAfterwards) {
  UniqueFd kept;
  const Adoption adopted = adopt_while([&](UniqueFd lock) {
    ASSERT_TRUE(write_worker_file(folder.path(), {*identify_process(getpid()), 3}));
    ASSERT_TRUE(end_launch(lock.get()));
    kept = std::move(lock);
  });

  EXPECT_NE(adopted.worker, nullptr);
  EXPECT_EQ(adopted.attempt, 3);
}

TEST_F(AdoptsDuringALaunch, NothingWhereTheLauncherDies) {
  const Adoption adopted = adopt_while([](UniqueFd lock) { lock.reset(); });

  EXPECT_EQ(adopted.worker, nullptr);
  EXPECT_EQ(adopted.attempt, std::nullopt);
}

}  // namespace
}  // namespace athanor::jobs
