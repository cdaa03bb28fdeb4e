#include "athanor/jobs/job_log.hpp"

#include <cerrno>
#include <functional>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"

namespace athanor::jobs {
namespace {

class JobLogTest : public ::testing::Test {
 protected:
  void write(const std::string& text) {
    ASSERT_TRUE(write_file_atomic(folder.path() / "log.txt", text));
  }

  std::string content() { return read_file(folder.path() / "log.txt").value_or("missing"); }

  /// Lets each call of `change` fail once, on a log of this content, and checks that a second try
  /// brings it where it should be.
  void expect_second_try_mends(const std::string& before,
                               const std::function<void()>& change,
                               const std::string& after) {
    int calls = 0;
    for (bool failed = true; failed; ++calls) {
      ASSERT_LT(calls, 20);
      std::filesystem::remove(folder.path() / "log.txt");
      if (!before.empty()) {
        write(before);
      }
      {
        const disk::Fault fault(calls, ENOSPC);
        change();
        failed = fault.happened();
      }
      change();
      EXPECT_EQ(content(), after) << calls;
    }
    EXPECT_GT(calls, 2);
  }

  testing::TempDir folder;
};

TEST_F(JobLogTest, TailOfAMissingLogIsEmpty) {
  EXPECT_EQ(tail_of_log(folder.path()), "");
}

TEST_F(JobLogTest, TailOfAShortLogIsAllOfIt) {
  write("one\n\ntwo\n");

  EXPECT_EQ(tail_of_log(folder.path()), "one\n\ntwo");
}

TEST_F(JobLogTest, TailKeepsTheLastLinesOnly) {
  write("one\ntwo\nthree\nfour");

  EXPECT_EQ(tail_of_log(folder.path(), 2), "three\nfour");
}

TEST_F(JobLogTest, TailKeepsTheLastBytesOnly) {
  write(std::string(10'000, 'a') + "end\n");

  EXPECT_EQ(tail_of_log(folder.path(), 20, 8), "aaaaend");
}

TEST_F(JobLogTest, TailHoldsNoTerminalSequences) {
  write("\x1b[31mred\rblack\n");

  EXPECT_EQ(tail_of_log(folder.path()), " [31mred black");
}

TEST_F(JobLogTest, EndStandsOnALineOfItsOwn) {
  write("half a line");

  end_log(folder.path(), "");

  EXPECT_EQ(content(), "half a line\nEOF\n");
}

TEST_F(JobLogTest, EndFollowsTheRemark) {
  write("said\n");

  end_log(folder.path(), "Cancelled by the user.");

  EXPECT_EQ(content(), "said\nCancelled by the user.\nEOF\n");
}

TEST_F(JobLogTest, EndsOnlyOnce) {
  end_log(folder.path(), "");
  end_log(folder.path(), "again");

  EXPECT_EQ(content(), "EOF\n");
}

TEST_F(JobLogTest, ReopensWithoutItsEnd) {
  write("said\nEOF\n");

  EXPECT_TRUE(reopen_log(folder.path()));
  EXPECT_EQ(content(), "said\n");
  EXPECT_TRUE(reopen_log(folder.path()));
  EXPECT_EQ(content(), "said\n");
}

TEST_F(JobLogTest, ReopensNothingWhereThereIsNoLog) {
  EXPECT_TRUE(reopen_log(folder.path()));
  EXPECT_EQ(content(), "missing");
}

TEST_F(JobLogTest, MakesNoDirectoryForAJobThatNeverHadOne) {
  end_log(folder.path() / "absent", "");

  EXPECT_FALSE(std::filesystem::exists(folder.path() / "absent"));
}

TEST_F(JobLogTest, BeginsOnceWithItsHead) {
  const auto head = log_head("5f1c", "train", "7-1");
  EXPECT_EQ(head, "Job 5f1c (train), posted by request 7-1");

  ASSERT_TRUE(begin_log(folder.path(), head));
  ASSERT_TRUE(begin_log(folder.path(), head));

  EXPECT_EQ(content(), head + "\n");
}

TEST_F(JobLogTest, NothingIsPutBeforeWhatAWorkerWrote) {
  write("from a worker\n");

  ASSERT_TRUE(begin_log(folder.path(), "head"));

  EXPECT_EQ(content(), "from a worker\n");
}

TEST_F(JobLogTest, BeginsAsAWholeWhicheverCallFails) {
  const auto begin = [&] { static_cast<void>(begin_log(folder.path(), "head")); };
  expect_second_try_mends("", begin, "head\n");
}

TEST_F(JobLogTest, ReopensWhicheverCallFails) {
  const auto reopen = [&] { static_cast<void>(reopen_log(folder.path())); };
  expect_second_try_mends("said\nEOF\nEOF\n", reopen, "said\n");
}

TEST_F(JobLogTest, EndsInTheEndWhicheverCallFails) {
  write("said\n");
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    ASSERT_TRUE(reopen_log(folder.path()));
    {
      const disk::Fault fault(calls, ENOSPC);
      end_log(folder.path(), "");
      failed = fault.happened();
    }
    end_log(folder.path(), "");
    EXPECT_TRUE(log_has_ended(folder.path())) << calls;
  }
  EXPECT_GT(calls, 2);
}

TEST_F(JobLogTest, ReopenedLogsHaveNotEndedWhateverTheWorkerWrote) {
  write("EOF\nEOF\n");

  ASSERT_TRUE(reopen_log(folder.path()));

  EXPECT_FALSE(log_has_ended(folder.path()));
}

}  // namespace
}  // namespace athanor::jobs
