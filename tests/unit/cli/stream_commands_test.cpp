#include "athanor/cli/stream_commands.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "unit/http/test_server.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

http::Response stream_of(std::string events) {
  http::Response response;
  response.body = std::move(events);
  return response;
}

http::Response stopping_server() {
  http::Response response;
  response.status = 503;
  return response;
}

class FollowEvents : public ::testing::Test {
 protected:
  /// Follows a stream to its event "last"; `answer` gets the number of the request, from 0.
  Status follow(const std::function<http::Response(int)>& answer) {
    http::testing::TestServer server({http::testing::route(
        http::Method::get,
        "/api/v1/user/{user_id}/events",
        [&](http::Request) -> Awaitable<http::Response> { co_return answer(requests_++); })});
    Connection connection;
    connection.url = server.url("");
    Client client(std::move(connection));
    const auto take = [this](const ServerEvent& event) {
      seen_.push_back(event.data);
      return event.data != "last";
    };
    return follow_events(client, "/events", take, {.tries = 2, .pause = 1ms});
  }

  std::atomic<int> requests_ = 0;
  std::vector<std::string> seen_;
};

TEST_F(FollowEvents, GoesOnWhereAStreamEndsBeforeItsLastEvent) {
  const auto followed = follow([](int request) {
    return request == 0   ? stream_of("data: first\n\n")
           : request == 1 ? stopping_server()
                          : stream_of("data: last\n\n");
  });

  EXPECT_TRUE(followed);
  EXPECT_THAT(seen_, ElementsAre("first", "last"));
}

TEST_F(FollowEvents, WaitsNoLongerForAServerThatGoesAwayAfterAnEmptyStream) {
  const auto followed =
      follow([](int request) { return request == 0 ? stream_of("") : stopping_server(); });

  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, ErrorCode::unavailable);
  EXPECT_EQ(requests_, 3);
}

TEST_F(FollowEvents, DoesNotWaitForAServerThatWasNeverThere) {
  EXPECT_FALSE(follow([](int) { return stopping_server(); }));
  EXPECT_EQ(requests_, 1);
}

}  // namespace
}  // namespace athanor::cli
