#include "athanor/contract/job_keys.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::contract {
namespace {

JobKeys keys_of(std::string own, std::string parent) {
  return {Secret(std::move(own)), Secret(std::move(parent))};
}

/// A pipe that holds `content`; its end for writing stays open if wanted.
struct Pipe {
  explicit Pipe(std::string_view content) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
    EXPECT_TRUE(write_all(writing.get(), content));
  }

  UniqueFd reading;
  UniqueFd writing;
};

TEST(JobKeys, ComeThroughThePipe) {
  UniqueFd pipe = fill_keys_pipe(keys_of("own \"ü\n", "")).value();

  const auto taken = take_keys(pipe.release());

  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->own.expose(), "own \"ü\n");
  EXPECT_EQ(taken->parent.expose(), "");
}

TEST(JobKeys, FitIntoThePipeHoweverLongTheyAre) {
  const std::string longest(limits::encryption_key_bytes, '\x01');  // Six bytes each in JSON.

  UniqueFd pipe = fill_keys_pipe(keys_of(longest, longest)).value();

  EXPECT_EQ(take_keys(pipe.release())->own.expose(), longest);
}

TEST(JobKeys, LieBehindANumberThatTheWorkerIsNotGiven) {
  EXPECT_GT(fill_keys_pipe({})->get(), job_keys_fd);
}

TEST(JobKeys, AreNotWaitedForWhereTheWriterLives) {
  Pipe pipe(R"({"own": "a", )");

  EXPECT_EQ(take_keys(pipe.reading.get()).error().code, ErrorCode::not_found);
}

TEST(JobKeys, AreNotTakenFromAnythingElse) {
  const athanor::testing::TempDir folder;
  const UniqueFd file(::open((folder.path() / "file").c_str(), O_RDWR | O_CREAT, 0600));
  Pipe other("no JSON");
  other.writing.reset();

  EXPECT_FALSE(take_keys(file.get()));
  EXPECT_FALSE(take_keys(other.reading.release()));
  EXPECT_FALSE(take_keys(-1));
}

}  // namespace
}  // namespace athanor::contract
