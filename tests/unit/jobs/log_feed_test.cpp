#include "athanor/jobs/log_feed.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temp_dir.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "athanor/jobs/job_preparation.hpp"

namespace athanor::jobs {
namespace {

using namespace std::chrono_literals;

class LogFeedTest : public ::testing::Test {
 protected:
  ~LogFeedTest() override {
    feeds_.close();
    work_.reset();
    io_.stop();
    thread_.join();
  }

  /// Does `change` and waits until the feed has rung.
  template <class Change>
  bool rings_upon(LogFeed& feed, const Change& change) {
    const auto seen = feed.bell.rings();
    change();
    return boost::asio::co_spawn(
               boost::asio::make_strand(io_), feed.bell.wait(seen, 30s), boost::asio::use_future)
        .get();
  }

  [[nodiscard]] std::filesystem::path directory() const {
    return job_directory(folder_.path(), job_);
  }

  void append(const std::string& text) const {
    std::ofstream(directory() / "log.txt", std::ios::app) << text;
  }

  /// How many inotify instances this process has.
  static int file_watches() {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      count += std::filesystem::read_symlink(entry, gone) == "anon_inode:inotify" ? 1 : 0;
    }
    return count;
  }

  testing::TempDir folder_;
  Uuid job_ = Uuid::random();
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  LogFeeds feeds_{folder_.path(), io_.get_executor()};
  std::thread thread_{[this] { io_.run(); }};
};

TEST_F(LogFeedTest, RingsWhenTheLogGrows) {
  std::filesystem::create_directories(directory());
  append("first\n");
  const auto feed = feeds_.follow(job_).value();

  EXPECT_TRUE(rings_upon(*feed, [&] { append("second\n"); }));
}

TEST_F(LogFeedTest, RingsWhenTheLogOfAWaitingJobComes) {
  const auto feed = feeds_.follow(job_).value();

  EXPECT_TRUE(rings_upon(*feed, [&] { std::filesystem::create_directories(directory()); }));
  EXPECT_TRUE(rings_upon(*feed, [&] { append("first\n"); }));
  EXPECT_TRUE(rings_upon(*feed, [&] { append("second\n"); }));
}

TEST_F(LogFeedTest, RingsWhenTheJobEnds) {
  const auto feed = feeds_.follow(job_).value();

  EXPECT_TRUE(rings_upon(*feed, [&] { feeds_.job_changed(job_, true); }));
  EXPECT_TRUE(feed->job_ended);
}

TEST_F(LogFeedTest, AllFollowersOfAJobShareOneFileWatch) {
  const int before = file_watches();
  std::vector<std::shared_ptr<LogFeed>> followers;
  for (int i = 0; i < 1000; ++i) {
    followers.push_back(feeds_.follow(job_).value());
  }
  EXPECT_EQ(file_watches(), before + 1);
  EXPECT_TRUE(std::ranges::all_of(followers, [&](auto& feed) { return feed == followers[0]; }));

  followers.clear();

  // The watch goes on its own strand.
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (file_watches() > before && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(file_watches(), before);
}

TEST_F(LogFeedTest, SendsItsFollowersAwayWhenTheServerStops) {
  const auto feed = feeds_.follow(job_).value();

  EXPECT_TRUE(rings_upon(*feed, [&] { feeds_.close(); }));
  EXPECT_TRUE(feed->closed);
  EXPECT_EQ(feeds_.follow(job_).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace athanor::jobs
