#include "athanor/jobs/failure_report.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::jobs {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

WorkerDeath killed_by(int signal) {
  return {.exit = {.signal = signal}};
}

TEST(FailureReport, SuspectsMemoryWhenTheWorkerWasKilled) {
  EXPECT_THAT(failure_report(killed_by(SIGKILL), ""),
              StartsWith("The worker was killed (SIGKILL); often the system ran out of memory. "
                         "Lower the batch size"));
}

TEST(FailureReport, IsSureOfMemoryWhenTheSystemCounted) {
  WorkerDeath death = killed_by(SIGKILL);
  death.memory_ran_out = true;

  EXPECT_THAT(failure_report(death, ""),
              StartsWith("The worker was killed (SIGKILL): the system ran out of memory."));
}

TEST(FailureReport, NamesTheSignalOfACrash) {
  const std::string report = failure_report(killed_by(SIGSEGV), "");

  EXPECT_THAT(report, StartsWith("The worker crashed (SIGSEGV, Segmentation fault)."));
  EXPECT_THAT(report, HasSubstr("please report it"));
}

TEST(FailureReport, GivesTheNumberOfASignalWithoutAName) {
  EXPECT_THAT(failure_report(killed_by(40), ""), StartsWith("The worker crashed (signal 40)."));
}

TEST(FailureReport, SaysWhenSomeoneStoppedTheWorker) {
  EXPECT_EQ(failure_report(killed_by(SIGTERM), ""),
            "The worker was stopped from outside (SIGTERM). Run the job again.");
}

TEST(FailureReport, NamesTheExitCode) {
  EXPECT_THAT(failure_report({.exit = {.code = 7}}, ""),
              StartsWith("The worker ended with exit code 7."));
}

TEST(FailureReport, PrefersTheWorkersOwnWords) {
  const WorkerDeath death = {.exit = {.code = 1}, .failure = "train.csv, line 3: no such class"};

  EXPECT_THAT(failure_report(death, ""), StartsWith("train.csv, line 3: no such class. Correct"));
}

TEST(FailureReport, KnowsAnAllocationFailureByItsText) {
  const WorkerDeath death = {.exit = {.code = 1}, .failure = "std::bad_alloc"};

  EXPECT_THAT(failure_report(death, ""), HasSubstr("Lower the batch size"));
}

TEST(FailureReport, SaysThatTheServerWasDown) {
  EXPECT_THAT(failure_report({.unattended = true}, ""), StartsWith("The server was down;"));
}

TEST(FailureReport, EndsWithTheLog) {
  EXPECT_THAT(failure_report(killed_by(SIGKILL), "one\ntwo"),
              HasSubstr("\nLast lines of the log:\none\ntwo"));
}

}  // namespace
}  // namespace athanor::jobs
