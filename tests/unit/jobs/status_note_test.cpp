#include "athanor/jobs/status_note.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/jobs/status_reader.hpp"

namespace athanor::jobs {
namespace {

using contract::WorkerStatus;

TEST(NoteStatus, AppendsALineThatReadersTake) {
  const testing::TempDir folder;

  ASSERT_TRUE(note_status(folder.path(), WorkerStatus::failure, "no such program"));

  const auto lines = StatusReader(folder.path() / "status.json").read();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].status, WorkerStatus::failure);
  EXPECT_EQ(lines[0].message, "no such program");
  EXPECT_NE(lines[0].date, "");
}

TEST(NoteStatus, StandsOnALineOfItsOwnBehindAHalfWrittenOne) {
  const testing::TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "status.json", "{\"status\": \"RUN"));

  ASSERT_TRUE(note_status(folder.path(), WorkerStatus::started, "Attempt 2 begins"));

  const auto lines = StatusReader(folder.path() / "status.json").read();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].message, "Attempt 2 begins");
}

TEST(NoteStatus, FailsWithoutADirectory) {
  const testing::TempDir folder;

  EXPECT_FALSE(note_status(folder.path() / "absent", WorkerStatus::started, ""));
}

}  // namespace
}  // namespace athanor::jobs
