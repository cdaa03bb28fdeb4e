#include "athanor/http/server.hpp"

#include <future>
#include <stdexcept>

#include "unit/http/curl_client.hpp"
#include "unit/http/test_server.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/async/blocking_pool.hpp"

namespace athanor::http {
namespace {

using ::testing::AllOf;
using testing::CurlClient;
using testing::echo;
using testing::exchange;
using testing::fetch;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawClient;
using testing::route;
using testing::status_of;
using testing::TestServer;
using testing::text;

/// Replies with what the handler sees of the URL.
Awaitable<Response> show_url(Request request) {
  Response response;
  std::string shown = request.path;
  for (const auto& [name, value] : request.query) {
    shown += fmt::format(" {}=[{}]", name, value);
  }
  response.body = shown;
  co_return response;
}

TEST(Server, AnswersByTheHandlerOfTheRoute) {
  TestServer server({route(Method::get, "/a", text("one")), route(Method::post, "/a", echo())});

  EXPECT_EQ(fetch(server.url("/a")).body, "one");
  EXPECT_EQ(fetch(server.url("/a"), {.method = "POST", .body = "two"}).body, "two");
}

TEST(Server, AnswersUnknownPathsWith404) {
  TestServer server({route(Method::get, "/a", text("one"))});

  const auto reply = fetch(server.url("/b"));

  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body, "no such path");
}

TEST(Server, AnswersWrongMethodsWith405AndAllow) {
  TestServer server({route(Method::get, "/a", text("one"))});

  for (const auto* method : {"DELETE", "PROPFIND"}) {
    const auto reply = fetch(server.url("/a"), {.method = method});
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.headers.at("allow"), "GET, HEAD, OPTIONS") << method;
  }
}

TEST(Server, AnswersHeadWithoutABody) {
  TestServer server({route(Method::get, "/a", text("one"))});
  CurlClient client;

  const auto head = client.perform(server.url("/a"), {.method = "HEAD"});
  const auto get = client.perform(server.url("/a"));

  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "3");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(get.body, "one");
}

TEST(Server, AnswersOptionsForKnownPaths) {
  TestServer server({route(Method::get, "/a", text("one"))});

  const auto reply = fetch(server.url("/a"), {.method = "OPTIONS"});

  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.headers.at("allow"), "GET, HEAD, OPTIONS");
}

TEST(Server, TellsBrowsersWhatTheyMaySendWhereOptionsHasAHandlerToo) {
  TestServer server({route(Method::options, "/a", text("own")),
                     route(Method::patch, "/a", echo()),
                     route(Method::get, "/b", text("one"))});

  for (const auto* path : {"/a", "/b"}) {
    const auto reply = fetch(server.url(path), {.method = "OPTIONS"});

    EXPECT_EQ(reply.headers.at("access-control-allow-methods"), reply.headers.at("allow")) << path;
    EXPECT_THAT(reply.headers.at("access-control-allow-headers"),
                AllOf(HasSubstr("Authorization"), HasSubstr("Upload-Offset")))
        << path;
  }
  EXPECT_EQ(fetch(server.url("/a"), {.method = "OPTIONS"}).body, "own");
}

TEST(Server, LetsOnlyAllowedOriginsReadReplies) {
  ServerOptions options;
  options.cors_origins = {"https://good.example"};
  TestServer server({route(Method::get, "/a", text("one"))}, options);

  const auto good = fetch(server.url("/a"), {.headers = {"Origin: https://good.example"}});
  const auto bad = fetch(server.url("/a"), {.headers = {"Origin: https://bad.example"}});

  EXPECT_EQ(good.headers.at("access-control-allow-origin"), "https://good.example");
  EXPECT_THAT(good.headers.at("access-control-expose-headers"), HasSubstr("X-Pagination-Total"));
  EXPECT_FALSE(bad.headers.contains("access-control-allow-origin"));
  // A cache must not give the reply to one of them to another.
  EXPECT_EQ(good.headers.at("vary"), "Origin");
  EXPECT_EQ(bad.headers.at("vary"), "Origin");
  EXPECT_EQ(fetch(server.url("/a")).headers.at("vary"), "Origin");
}

TEST(Server, CollapsesSlashesAndTakesTheOptionalPrefix) {
  TestServer server({route(Method::get, "/api/v1", show_url)});

  EXPECT_EQ(fetch(server.url("/api//v1")).body, "/api/v1");
  EXPECT_EQ(fetch(server.url("//default/api/v1")).body, "/api/v1");
  EXPECT_EQ(fetch(server.url("/defaults/api/v1")).status, 404);
  EXPECT_EQ(fetch(server.url("/api/v1/")).status, 404);
}

TEST(Server, DecodesPathAndQuery) {
  TestServer server({route(Method::get, "/{name}", show_url)});

  EXPECT_EQ(fetch(server.url("/a+b%20c?x=1+2%2B3&y&z=")).body, "/a+b c x=[1 2+3] y=[] z=[]");
}

TEST(Server, RefusesBrokenEscapes) {
  TestServer server({route(Method::get, "/{name}", show_url)});

  for (const auto* path : {"/%", "/%4", "/%zz", "/%00", "/a?x=%"}) {
    EXPECT_EQ(fetch(server.url(path)).status, 400) << path;
  }
}

TEST(Server, GivesEveryReplyItsRequestId) {
  TestServer server({route(Method::get, "/a", [](Request request) -> Awaitable<Response> {
    Response response;
    response.body = request.request_id;
    co_return response;
  })});
  CurlClient client;

  const auto first = client.perform(server.url("/a"));
  const auto second = client.perform(server.url("/a"));

  EXPECT_EQ(first.headers.at("x-request-id"), first.body);
  EXPECT_NE(first.body, second.body);
  EXPECT_TRUE(fetch(server.url("/unknown")).headers.contains("x-request-id"));
}

TEST(Server, AnswersAnExceptionWith500AndKeepsItsTextToItself) {
  TestServer server({route(Method::get, "/a", [](Request) -> Awaitable<Response> {
    throw std::runtime_error("password=hunter2");
    co_return Response{};
  })});

  ::testing::internal::CaptureStderr();
  const auto reply = fetch(server.url("/a"));
  server.stop();
  const std::string log = ::testing::internal::GetCapturedStderr();

  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, HasSubstr(reply.headers.at("x-request-id")));
  EXPECT_THAT(reply.body, Not(HasSubstr("hunter2")));
  EXPECT_THAT(log, HasSubstr("a handler threw"));
}

TEST(Server, KeepsConnectionsBetweenRequests) {
  TestServer server({route(Method::post, "/a", echo())});
  CurlClient client;

  EXPECT_EQ(client.perform(server.url("/a"), {.method = "POST", .body = "x"}).new_connections, 1);
  EXPECT_EQ(client.perform(server.url("/a"), {.method = "POST", .body = "y"}).new_connections, 0);
  EXPECT_EQ(client.perform(server.url("/unknown")).new_connections, 0);
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  TestServer server({route(Method::get, "/a", text("one"))});

  const auto reply =
      exchange(server.port(), "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(reply, HasSubstr("Connection: close"));
}

TEST(Server, NamesTheAddressOfATakenPortAndTheMend) {
  TestServer first({});
  ServerOptions options;
  options.port = first.port();

  Server second(options, {});
  const auto status = second.listen();

  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr(fmt::format("127.0.0.1:{}", first.port())));
  EXPECT_THAT(status.error().message, HasSubstr("--listen"));
}

TEST(Server, RefusesAnAddressThatIsNone) {
  ServerOptions options;
  options.address = "nowhere";

  EXPECT_EQ(Server(options, {}).listen().error().code, ErrorCode::invalid_argument);
}

TEST(Server, ClosesConnectionsOverTheCap) {
  ServerOptions options;
  options.max_connections = 1;
  TestServer server({route(Method::get, "/a", text("one"))}, options);
  RawClient first(server.port());
  first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(first.read_until("one"), HasSubstr("200 OK"));

  RawClient second(server.port());

  EXPECT_EQ(second.read_to_close(), "");
}

TEST(Server, LogsRequestsWithTheMaskedPath) {
  ServerOptions options;
  options.loggable_path = [](const std::string&) { return "/login/***"; };
  TestServer server({route(Method::get, "/login/{key}", text("one"))}, options);

  ::testing::internal::CaptureStderr();
  const auto reply = fetch(server.url("/login/secret?key=secret"));
  server.stop();
  const std::string log = ::testing::internal::GetCapturedStderr();

  EXPECT_THAT(log, HasSubstr("\"path\":\"/login/***\""));
  EXPECT_THAT(log, HasSubstr("\"status\":200,\"bytes\":3"));
  EXPECT_THAT(log, HasSubstr(reply.headers.at("x-request-id")));
  EXPECT_THAT(log, Not(HasSubstr("secret")));
}

TEST(Server, RunsBackgroundCoroutines) {
  TestServer server({});
  auto work = []() -> Awaitable<int> { co_return 7; };

  auto result = boost::asio::co_spawn(server.server().executor(), work(), boost::asio::use_future);

  EXPECT_EQ(result.get(), 7);
}

/// A handler that waits until the test lets it go on.
class Gate {
 public:
  Handler handler() {
    return [this](Request) -> Awaitable<Response> {
      entered.set_value();
      co_await pool_.run([this] { return go_on.get_future().wait_for(std::chrono::minutes(1)); });
      Response response;
      response.body = "late";
      co_return response;
    };
  }

  std::promise<void> entered;
  std::promise<void> go_on;

 private:
  BlockingPool pool_{1};
};

TEST(Server, LetsARunningRequestEndWhenItStops) {
  Gate gate;
  TestServer server({route(Method::get, "/slow", gate.handler())});
  auto reply = std::async(std::launch::async, [&server] { return fetch(server.url("/slow")); });
  gate.entered.get_future().wait();

  auto stopped =
      std::async(std::launch::async, [&server] { server.stop(std::chrono::minutes(1)); });
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  gate.go_on.set_value();

  stopped.wait();
  const auto got = reply.get();
  EXPECT_EQ(got.body, "late");
  EXPECT_EQ(got.headers.at("connection"), "close");
}

TEST(Server, ClosesIdleConnectionsWhenItStops) {
  TestServer server({route(Method::get, "/a", text("one"))});
  RawClient idle(server.port());
  idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.read_until("one");

  server.stop(std::chrono::minutes(1));

  EXPECT_EQ(idle.read_to_close(), "");
}

TEST(Server, BreaksOffARequestThatOutlastsTheGraceTime) {
  Gate gate;
  TestServer server({route(Method::get, "/slow", gate.handler())});
  auto reply = std::async(std::launch::async, [&server] { return fetch(server.url("/slow")); });
  gate.entered.get_future().wait();

  auto stopped =
      std::async(std::launch::async, [&server] { server.stop(std::chrono::milliseconds(1)); });

  EXPECT_NE(reply.get().error, 0);
  gate.go_on.set_value();
  stopped.wait();
}

}  // namespace
}  // namespace athanor::http
