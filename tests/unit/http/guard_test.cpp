#include <atomic>
#include <string>

#include "unit/http/curl_client.hpp"
#include "unit/http/test_server.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/guarded.hpp"

// What a guard sees, and what it keeps from happening.
namespace athanor::http {
namespace {

using testing::echo;
using ::testing::ElementsAre;
using testing::exchange;
using testing::fetch;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawClient;
using testing::route;
using ::testing::StartsWith;
using testing::TestServer;
using testing::text;
using namespace std::chrono_literals;

/// A stream that never ends by itself.
Handler endless() {
  return [](Request) -> Awaitable<Response> {
    Response response;
    response.body =
        StreamBody{.next = [](std::span<char> buffer) -> Awaitable<Result<std::size_t>> {
                     buffer[0] = 'x';
                     co_return 1;
                   },
                   .buffer_bytes = 64};
    co_return response;
  };
}

class GuardedServer : public ::testing::Test {
 protected:
  /// Refuses with 401 all but those who say the word.
  Guard guard() {
    return [this](Visitor visitor) -> Awaitable<std::optional<Response>> {
      segments_.with([&](auto& segments) { segments = visitor.segments; });
      if (visitor.authorization == "sesame" && open_) {
        co_return std::nullopt;
      }
      co_return Response{.status = 401, .headers = {}, .body = std::string("stay out")};
    };
  }

  static std::vector<Route> routes() {
    return {route(Method::get, "/a/{name}", text("one")),
            route(Method::post, "/echo", echo()),
            route(Method::get, "/endless", endless())};
  }

  static ServerOptions options() {
    ServerOptions options;
    options.guard_interval = 0ms;
    return options;
  }

  long status_of(const std::string& path, const std::string& method = "GET") {
    return fetch(server_.url(path), {.method = method}).status;
  }

  std::atomic<bool> open_ = true;
  Guarded<std::vector<std::string>> segments_;
  TestServer server_{routes(), options(), guard()};
};

TEST_F(GuardedServer, OnlyThoseItLetsPassAreAnswered) {
  EXPECT_EQ(fetch(server_.url("/a/b"), {.headers = {"Authorization: sesame"}}).body, "one");
  EXPECT_EQ(fetch(server_.url("/a/b")).body, "stay out");
}

TEST_F(GuardedServer, RefusalsDoNotTellWhichPathsAndMethodsThereAre) {
  EXPECT_EQ(status_of("/a/b"), 401);
  EXPECT_EQ(status_of("/a/b", "HEAD"), 401);
  EXPECT_EQ(status_of("/a/b", "DELETE"), 401);
  EXPECT_EQ(status_of("/a/b", "FROBNICATE"), 401);
  EXPECT_EQ(status_of("/no/such/path"), 401);
}

TEST_F(GuardedServer, APreflightPasses) {
  EXPECT_EQ(status_of("/a/b", "OPTIONS"), 204);
}

TEST_F(GuardedServer, ItSeesThePathAsTheRouterDoes) {
  status_of("/default//a/%62%2Fc/?q=1");
  const auto seen = segments_.with([](const auto& segments) { return segments; });
  EXPECT_THAT(seen, ElementsAre("a", "b/c", ""));
}

TEST_F(GuardedServer, TwoAuthorizationsAreAsGoodAsNone) {
  const auto reply = exchange(server_.port(),
                              "GET /a/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                              "Authorization: sesame\r\nAuthorization: sesame\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 401"));
}

TEST_F(GuardedServer, ARefusedBodyIsNotAskedFor) {
  const auto reply = exchange(server_.port(),
                              "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                              "Connection: close\r\nContent-Length: 1000000000\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 401")) << "neither 100 nor 413";
}

TEST_F(GuardedServer, AStreamEndsWithItsReadersAccess) {
  RawClient client(server_.port());
  client.send("GET /endless HTTP/1.1\r\nHost: x\r\nAuthorization: sesame\r\n\r\n");
  EXPECT_THAT(client.read_until("\r\n1\r\nx\r\n1\r\nx"), HasSubstr("200 OK"));
  open_ = false;
  EXPECT_THAT(client.read_to_close(), Not(HasSubstr("\r\n0\r\n"))) << "cut, not ended";
}

}  // namespace
}  // namespace athanor::http
