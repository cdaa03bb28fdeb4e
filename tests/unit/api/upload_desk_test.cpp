#include "athanor/api/upload_desk.hpp"

#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::api {
namespace {

using ::testing::ElementsAre;

class UploadDeskTest : public ::testing::Test {
 protected:
  ~UploadDeskTest() override { turns_.clear(); }

  void enter() {
    const auto arrive = [](UploadDeskTest& test) -> Awaitable<void> {
      auto place = co_await test.desk_.enter();
      if (place) {
        test.places_.push_back(std::move(*place));
      }
    };
    boost::asio::co_spawn(io_, arrive(*this), boost::asio::detached);
    run();
  }

  void take_turn(const std::string& name, Uuid dataset) {
    const auto arrive = [](UploadDeskTest& test, std::string who, Uuid of) -> Awaitable<void> {
      auto turn = co_await test.desk_.turn(of);
      test.seen_.push_back(who);
      test.turns_.push_back(std::move(turn));
    };
    boost::asio::co_spawn(io_, arrive(*this, name, dataset), boost::asio::detached);
    run();
  }

  void run() {
    io_.restart();
    io_.poll();
  }

  UploadDesk desk_;
  boost::asio::io_context io_;
  std::vector<Places::Token> places_;
  std::vector<UploadDesk::Turn> turns_;
  std::vector<std::string> seen_;
};

TEST_F(UploadDeskTest, LetsAsManyInAsTheLimitSays) {
  for (std::size_t i = 0; i < limits::uploads_at_once + 1; ++i) {
    enter();
  }
  EXPECT_EQ(places_.size(), limits::uploads_at_once);
  places_.pop_back();
  run();
  EXPECT_EQ(places_.size(), limits::uploads_at_once);
}

TEST_F(UploadDeskTest, OneHasTheTurnOfADataset) {
  const Uuid dataset = Uuid::random();
  take_turn("first", dataset);
  take_turn("second", dataset);
  take_turn("of another dataset", Uuid::random());
  EXPECT_THAT(seen_, ElementsAre("first", "of another dataset"));
  turns_.clear();
  run();
  EXPECT_THAT(seen_, ElementsAre("first", "of another dataset", "second"));
}

TEST_F(UploadDeskTest, TellsThoseThatWaitForBytesWhenItStops) {
  const auto stopping = desk_.stopping();
  EXPECT_FALSE(stopping.stop_requested());
  desk_.stop();
  EXPECT_TRUE(stopping.stop_requested());
}

TEST_F(UploadDeskTest, AFreeTurnCanBeTakenAgain) {
  const Uuid dataset = Uuid::random();
  take_turn("first", dataset);
  turns_.clear();
  take_turn("second", dataset);
  EXPECT_THAT(seen_, ElementsAre("first", "second"));
}

}  // namespace
}  // namespace athanor::api
