#include "athanor/async/event.hpp"

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor {
namespace {

using namespace std::chrono_literals;
using ::testing::UnorderedElementsAre;

Awaitable<void> note_end(Event& event,
                         std::string name,
                         std::chrono::milliseconds patience,
                         std::vector<std::string>& ended) {
  const bool in_time = co_await event.wait_for(patience);
  ended.push_back(name + (in_time ? " woke" : " gave up"));
}

TEST(Event, WakesThoseWhoWaitAndKeepsNobodyWaitingThen) {
  boost::asio::io_context io;
  Event event(io.get_executor());
  std::vector<std::string> ended;
  boost::asio::co_spawn(io, note_end(event, "hasty", 1ms, ended), boost::asio::detached);
  io.run();
  for (const auto* name : {"first", "second"}) {
    boost::asio::co_spawn(io, note_end(event, name, 1h, ended), boost::asio::detached);
  }
  io.restart();
  io.poll();

  event.set();
  boost::asio::co_spawn(io, note_end(event, "late", 1h, ended), boost::asio::detached);
  io.restart();
  io.run();

  EXPECT_THAT(ended,
              UnorderedElementsAre("hasty gave up", "first woke", "second woke", "late woke"));
}

TEST(Event, ForgetsAWaitWhoseCoroutineIsDestroyed) {
  std::optional<boost::asio::io_context> io(std::in_place);
  Event event(io->get_executor());
  std::vector<std::string> ended;
  boost::asio::co_spawn(*io, note_end(event, "lost", 1h, ended), boost::asio::detached);
  io->poll();

  io.reset();
  event.set();  // Not on the timer that went with the coroutine.

  EXPECT_TRUE(event.is_set());
  EXPECT_THAT(ended, ::testing::IsEmpty());
}

}  // namespace
}  // namespace athanor
