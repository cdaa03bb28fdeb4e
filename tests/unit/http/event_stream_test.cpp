#include "athanor/http/event_stream.hpp"

#include <array>
#include <thread>

#include "support/run_coroutine.hpp"
#include "unit/http/test_server.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::http {
namespace {

using athanor::testing::run_coroutine;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
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

/// The id of the first event in a stream's text.
std::string id_in(std::string_view text) {
  const auto start = text.find("id: ") + 4;
  return std::string(text.substr(start, text.find('\n', start) - start));
}

TEST(EventStream, IsAnEventStream) {
  EventHub hub;

  const auto response = hub.subscribe("t", std::nullopt).value();

  EXPECT_EQ(response.headers.find("Content-Type"), "text/event-stream");
  EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
}

TEST(EventStream, RendersTypeAndLines) {
  EventHub hub;
  auto response = hub.subscribe("t", std::nullopt).value();

  hub.publish("t", "status", "one\ntwo");

  EXPECT_THAT(drain(hub, response),
              MatchesRegex("id: [0-9]+\nevent: status\ndata: one\ndata: two\n\n"));
}

TEST(EventStream, FollowsItsTopicAlone) {
  EventHub hub;
  auto response = hub.subscribe("mine", std::nullopt).value();

  hub.publish("other", "status", "no");
  hub.publish("mine", "status", "yes");

  const auto text = drain(hub, response);
  EXPECT_THAT(text, HasSubstr("data: yes"));
  EXPECT_THAT(text, Not(HasSubstr("data: no")));
}

TEST(EventStream, ReplaysWhatAReturningClientMissed) {
  EventHub hub;
  auto first = hub.subscribe("t", std::nullopt).value();
  hub.publish("t", "status", "seen");
  const std::string seen = first_event(std::move(first));
  hub.publish("t", "status", "missed");
  hub.publish("other", "status", "foreign");

  auto again = hub.subscribe("t", id_in(seen)).value();

  const auto text = drain(hub, again);
  EXPECT_THAT(text, HasSubstr("data: missed"));
  EXPECT_THAT(text, Not(HasSubstr("data: seen")));
  EXPECT_THAT(text, Not(HasSubstr("foreign")));
  EXPECT_THAT(text, Not(HasSubstr("reset")));
}

TEST(EventStream, ResetsAClientWithAnIdItNeverGave) {
  for (const auto* id : {"1", "rubbish", "18446744073709551615"}) {
    EventHub hub;
    auto response = hub.subscribe("t", id).value();

    EXPECT_THAT(drain(hub, response), HasSubstr("event: reset")) << id;
  }
}

TEST(EventStream, SaysWhenMissedEventsAreNotKept) {
  EventHub hub({.replay = 2});
  for (const auto* data : {"a", "b", "c"}) {
    hub.publish("t", "status", data);
  }

  auto response = hub.subscribe("t", "1").value();

  const auto text = drain(hub, response);
  EXPECT_THAT(text, HasSubstr("event: reset"));
  EXPECT_THAT(text, Not(HasSubstr("data: a\n")));
  EXPECT_THAT(text, HasSubstr("data: b\n"));
  EXPECT_THAT(text, HasSubstr("data: c\n"));
}

TEST(EventStream, DropsASlowClient) {
  EventHub hub({.queue_bytes = 1000});
  auto slow = hub.subscribe("t", std::nullopt).value();

  hub.publish("t", "status", std::string(600, 'x'));
  hub.publish("t", "status", std::string(600, 'x'));

  EXPECT_THAT(drain(hub, slow), HasSubstr("too slow"));
}

TEST(EventStream, LimitsTheNumberOfClients) {
  EventHub hub({.clients = 1});
  auto first = std::make_unique<Response>(hub.subscribe("t", std::nullopt).value());
  EXPECT_EQ(hub.subscribe("t", std::nullopt).error().code, ErrorCode::unavailable);

  first.reset();

  EXPECT_EQ(hub.clients(), 0U);
  EXPECT_TRUE(hub.subscribe("t", std::nullopt));
}

TEST(EventStream, SendsAHeartbeatInSilence) {
  EventHub hub({.heartbeat = 1ms});

  EXPECT_EQ(first_event(hub.subscribe("t", std::nullopt).value()), ":\n\n");
}

TEST(EventStream, RefusesClientsOnceItIsClosed) {
  EventHub hub;
  hub.close();

  EXPECT_EQ(hub.subscribe("t", std::nullopt).error().code, ErrorCode::unavailable);
}

TEST(EventStream, ReachesWaitingClientsFromOtherThreads) {
  EventHub hub({.heartbeat = 1min});
  TestServer server({route(Method::get, "/events", [&hub](Request) -> Awaitable<Response> {
    co_return hub.subscribe("t", std::nullopt).value();
  })});
  RawClient client(server.port());
  client.send("GET /events HTTP/1.0\r\n\r\n");  // Not in chunks, which would cut events.
  client.read_until("\r\n\r\n");

  std::jthread publisher([&hub] {
    for (int i = 0; i < 1000; ++i) {
      hub.publish("t", "count", fmt::format("<{}>", i));
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
