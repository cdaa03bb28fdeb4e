#include "athanor/async/bell.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "support/run_coroutine.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>

namespace athanor {
namespace {

using namespace std::chrono_literals;
using testing::run_coroutine;

TEST(Bell, DoesNotWaitWhenItHasRungMeanwhile) {
  Bell bell;
  const auto seen = bell.rings();
  bell.ring();

  EXPECT_TRUE(run_coroutine(bell.wait(seen, 1h)));
}

TEST(Bell, WaitEndsWithItsPatience) {
  Bell bell;

  EXPECT_FALSE(run_coroutine(bell.wait(bell.rings(), 1ms)));
}

TEST(Bell, RingFromAnotherThreadWakesAllWaiters) {
  constexpr int waiters = 100;
  Bell bell;
  boost::asio::io_context io;
  std::atomic<int> woken = 0;
  const auto seen = bell.rings();
  for (int i = 0; i < waiters; ++i) {
    boost::asio::co_spawn(
        boost::asio::make_strand(io),
        [](Bell& rung, std::uint64_t before, std::atomic<int>& count) -> Awaitable<void> {
          const bool in_time = co_await rung.wait(before, 1h);
          count += in_time ? 1 : 0;
        }(bell, seen, woken),
        boost::asio::detached);
  }
  std::jthread ringer([&bell] { bell.ring(); });

  io.run();

  EXPECT_EQ(woken, waiters);
}

}  // namespace
}  // namespace athanor
