#include "athanor/async/places.hpp"

#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

class PlacesTest : public ::testing::Test {
 protected:
  /// Takes a place, or gives up; keeps what it took until `free()`.
  void come(const std::string& name, std::chrono::milliseconds patience = 1h) {
    boost::asio::co_spawn(io_, arrival(*this, name, patience), boost::asio::detached);
    run();
  }

  static Awaitable<void> arrival(PlacesTest& test,
                                 std::string name,
                                 std::chrono::milliseconds patience) {
    auto token = co_await test.places_.take(patience);
    test.seen_.push_back(name + (token ? " has a place" : " gave up"));
    if (token) {
      test.taken_.push_back(std::move(*token));
    }
  }

  /// Gives back what was taken first.
  void free_one() {
    std::vector<Places::Token> rest;
    for (std::size_t i = 1; i < taken_.size(); ++i) {
      rest.push_back(std::move(taken_[i]));
    }
    taken_.swap(rest);
    rest.clear();
    run();
  }

  void run() {
    io_.restart();
    io_.poll();
  }

  boost::asio::io_context io_;
  Places places_{2};
  std::vector<std::string> seen_;
  std::vector<Places::Token> taken_;
};

TEST_F(PlacesTest, AreTakenAtOnceWhileThereAreSome) {
  come("a");
  come("b");
  come("c");
  EXPECT_THAT(seen_, ElementsAre("a has a place", "b has a place"));
  EXPECT_EQ(places_.waiting(), 1U);
}

TEST_F(PlacesTest, GoToThoseWhoWaitInTheOrderOfTheirComing) {
  for (const auto* name : {"a", "b", "c", "d"}) {
    come(name);
  }
  free_one();
  EXPECT_EQ(seen_.back(), "c has a place");
  free_one();
  EXPECT_EQ(seen_.back(), "d has a place");
  free_one();
  free_one();
  come("e");
  EXPECT_EQ(seen_.back(), "e has a place");
}

TEST_F(PlacesTest, AreNotWaitedForLongerThanThePatience) {
  come("a");
  come("b");
  come("c", 0ms);
  io_.restart();
  io_.run();
  EXPECT_EQ(seen_.back(), "c gave up");
  EXPECT_EQ(places_.waiting(), 0U);
  free_one();
  come("d");
  EXPECT_EQ(seen_.back(), "d has a place");
}

TEST_F(PlacesTest, AreLeftByThoseWhoGoAwayWhileTheyWait) {
  come("a");
  come("b");
  boost::asio::cancellation_signal going;
  boost::asio::co_spawn(
      io_,
      arrival(*this, "c", 1h),
      boost::asio::bind_cancellation_slot(going.slot(), [](const std::exception_ptr&) {}));
  run();
  come("d");
  ASSERT_EQ(places_.waiting(), 2U);
  going.emit(boost::asio::cancellation_type::terminal);
  run();
  EXPECT_EQ(places_.waiting(), 1U);
  free_one();
  EXPECT_EQ(seen_.back(), "d has a place");
}

TEST(Places, OutliveTheExecutorOfAWaiter) {
  Places places(1);
  std::vector<Places::Token> taken;
  {
    boost::asio::io_context io;
    const auto take = [](Places& from, std::vector<Places::Token>& into) -> Awaitable<void> {
      auto token = co_await from.take(1h);
      if (token) {
        into.push_back(std::move(*token));
      }
    };
    boost::asio::co_spawn(io, take(places, taken), boost::asio::detached);
    boost::asio::co_spawn(io, take(places, taken), boost::asio::detached);
    io.poll();
    ASSERT_EQ(places.waiting(), 1U);
  }
  EXPECT_EQ(places.waiting(), 0U);
  taken.clear();
}

}  // namespace
}  // namespace athanor
