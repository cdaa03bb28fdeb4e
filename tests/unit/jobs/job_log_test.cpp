#include "athanor/jobs/job_log.hpp"

#include <sstream>

#include "support/temp_dir.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::jobs {
namespace {

class JobLogTest : public ::testing::Test {
 protected:
  void write(const std::string& text) {
    ASSERT_TRUE(write_file_atomic(folder.path() / "log.txt", text));
  }

  std::string content() { return read_file(folder.path() / "log.txt").value_or("missing"); }

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

TEST_F(JobLogTest, ReopenedLogsHaveNotEndedWhateverTheWorkerWrote) {
  write("EOF\nEOF\n");

  ASSERT_TRUE(reopen_log(folder.path()));

  EXPECT_FALSE(log_has_ended(folder.path()));
}

}  // namespace
}  // namespace athanor::jobs
