#include "athanor/engine/status_writer.hpp"

#include <cerrno>
#include <stdexcept>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"

namespace athanor::engine {

namespace {

using athanor::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

contract::StatusLine line_with(contract::WorkerStatus status) {
  contract::StatusLine line;
  line.status = status;
  return line;
}

}  // namespace

TEST(StatusWriter, TellsNoSuccessWhoseResultsMayNotBeOnTheDisk) {
  const TempDir dir;
  const auto path = dir.path() / "status.json";
  StatusWriter status(path);
  const disk::Fault fault(0, EIO);

  EXPECT_THAT([&] { status.write(line_with(contract::WorkerStatus::success)); },
              ThrowsMessage<std::runtime_error>(HasSubstr("cannot sync the results to disk")));

  EXPECT_EQ(*read_file(path), "");
}

TEST(StatusWriter, SyncsOnceAJob) {
  const TempDir dir;
  StatusWriter status(dir.path() / "status.json");
  const disk::Fault fault(2, EIO);  // Two lines are two calls.

  status.write(line_with(contract::WorkerStatus::started));
  status.write(line_with(contract::WorkerStatus::running));

  EXPECT_FALSE(fault.happened());
}

}  // namespace athanor::engine
