#include "athanor/http/event_stream.hpp"

#include <array>
#include <optional>
#include <thread>
#include <utility>

#include "support/run_coroutine.hpp"
#include "unit/http/test_server.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::http {
namespace {

using athanor::testing::run_coroutine;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawClient;
using testing::route;
using testing::TestServer;
using namespace std::chrono_literals;

/// Reads a stream to its end or error; the hub is closed, so that it has one.
std::string drain(EventHub& hub, Response& response) {
  hub.close();
  auto read = [](StreamBody& stream) -> Awaitable<std::string> {
    std::string all;
    std::array<char, 100> buffer;
    while (true) {
      const auto count = co_await stream.next(buffer);
      if (!count || *count == 0) {
        co_return count ? all : all + "!" + count.error().message;
      }
      all.append(buffer.data(), *count);
    }
  };
  return run_coroutine(read(std::get<StreamBody>(response.body)));
}

/// What a client that then goes away has got.
std::string first_event(Response response) {
  std::array<char, 1000> buffer;
  const auto count = run_coroutine(std::get<StreamBody>(response.body).next(buffer)).value();
  return {buffer.data(), count};
}

Response follow(EventHub& hub, const std::string& topic) {
  return hub.subscribe(topic, nullptr).value().response();
}

void publish(EventHub& hub, const std::string& topic, const std::string& data) {
  hub.publish(std::array{topic}, event_text("", "", data));
}

TEST(EventStream, IsAnEventStream) {
  EventHub hub;

  const auto response = follow(hub, "t");

  EXPECT_EQ(response.headers.find("Content-Type"), "text/event-stream");
  EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
}

TEST(EventStream, FollowsItsTopicAlone) {
  EventHub hub;
  auto response = follow(hub, "mine");

  publish(hub, "other", "no");
  publish(hub, "mine", "yes");

  const auto text = drain(hub, response);
  EXPECT_THAT(text, HasSubstr("data: yes"));
  EXPECT_THAT(text, Not(HasSubstr("data: no")));
}

TEST(EventStream, AnEventReachesAllItsTopics) {
  EventHub hub;
  auto one = follow(hub, "one");
  auto two = follow(hub, "two");

  hub.publish(std::array<std::string, 2>{"one", "two"}, "both\n\n");

  EXPECT_THAT(drain(hub, one), HasSubstr("both"));
  EXPECT_THAT(drain(hub, two), HasSubstr("both"));
}

TEST(EventStream, WhatIsSentToOneClientReachesNoOther) {
  EventHub hub;
  auto subscription = hub.subscribe("t", nullptr).value();
  auto other = follow(hub, "t");

  EXPECT_TRUE(subscription.send("for you\n\n"));

  auto response = std::move(subscription).response();
  EXPECT_THAT(drain(hub, response), HasSubstr("for you"));
  EXPECT_THAT(drain(hub, other), Not(HasSubstr("for you")));
}

TEST(EventStream, EndsWithItsTopic) {
  EventHub hub;
  auto response = follow(hub, "t");
  publish(hub, "t", "last");

  hub.end("t");

  std::array<char, 1000> buffer;
  auto& stream = std::get<StreamBody>(response.body);
  EXPECT_GT(run_coroutine(stream.next(buffer)).value(), 0U);
  EXPECT_EQ(run_coroutine(stream.next(buffer)).value(), 0U);
}

TEST(EventStream, DropsASlowClient) {
  EventHub hub({.queue_bytes = 1000});
  auto slow = follow(hub, "t");

  publish(hub, "t", std::string(600, 'x'));
  publish(hub, "t", std::string(600, 'x'));

  EXPECT_THAT(drain(hub, slow), HasSubstr("too slow"));
}

TEST(EventStream, ATopicGoesWithItsLastClientThoughNothingIsPublished) {
  EventHub hub;
  auto one = std::make_optional(follow(hub, "t"));
  auto two = std::make_optional(follow(hub, "t"));
  EXPECT_EQ(hub.followed_topics(), 1U);

  one.reset();
  EXPECT_EQ(hub.followed_topics(), 1U);
  two.reset();
  EXPECT_EQ(hub.followed_topics(), 0U);
}

TEST(EventStream, AClientThatOutlivesItsTopicLeavesItsSuccessorAlone) {
  EventHub hub;
  auto former = std::make_optional(follow(hub, "t"));
  hub.end("t");
  auto next = follow(hub, "t");

  former.reset();
  publish(hub, "t", "news");

  EXPECT_THAT(drain(hub, next), HasSubstr("data: news"));
}

TEST(EventStream, AClientMayOutliveTheHub) {
  std::optional<EventHub> hub(std::in_place);
  auto response = follow(*hub, "t");

  hub.reset();

  EXPECT_EQ(first_event(std::move(response)), shutdown_event());
}

TEST(EventStream, HoldsItsSeatAsLongAsTheReply) {
  EventHub hub;
  Seats seats(1);
  {
    const auto response = hub.subscribe("t", seats.take().value()).value().response();
    EXPECT_EQ(seats.taken(), 1U);
  }
  EXPECT_EQ(seats.taken(), 0U);
}

TEST(EventStream, SendsAHeartbeatInSilence) {
  EventHub hub({.heartbeat = 1ms});

  EXPECT_EQ(first_event(follow(hub, "t")), heartbeat_text);
}

TEST(EventStream, SaysThatTheServerStops) {
  EventHub hub;
  auto response = follow(hub, "t");

  EXPECT_EQ(drain(hub, response), shutdown_event());
}

TEST(EventStream, RefusesClientsOnceItIsClosed) {
  EventHub hub;
  hub.close();

  EXPECT_EQ(hub.subscribe("t", nullptr).error().code, ErrorCode::unavailable);
}

TEST(EventStream, ReachesWaitingClientsFromOtherThreads) {
  EventHub hub({.heartbeat = 1min});
  TestServer server({route(Method::get, "/events", [&hub](Request) -> Awaitable<Response> {
    co_return follow(hub, "t");
  })});
  RawClient client(server.port());
  client.send("GET /events HTTP/1.0\r\n\r\n");  // Not in chunks, which would cut events.
  client.read_until("\r\n\r\n");

  std::jthread publisher([&hub] {
    for (int i = 0; i < 1000; ++i) {
      publish(hub, "t", fmt::format("<{}>", i));
    }
  });

  const auto text = client.read_until("<999>");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_NE(text.find(fmt::format("<{}>", i)), std::string::npos) << i;
  }
  hub.close();
  client.read_to_close();
}

}  // namespace
}  // namespace athanor::http
