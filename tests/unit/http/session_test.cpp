#include <string>
#include <sys/socket.h>

#include "unit/http/test_server.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

// Bytes on the wire that a well-behaved client never sends.
namespace athanor::http {
namespace {

using testing::echo;
using ::testing::EndsWith;
using testing::exchange;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawClient;
using testing::route;
using ::testing::StartsWith;
using testing::status_of;
using testing::TestServer;
using testing::text;
using namespace std::chrono_literals;

std::vector<Route> routes() {
  auto small = route(Method::post, "/small", echo());
  small.body_limit = 10;
  auto large = route(Method::post, "/large", echo());
  large.body_limit = UINT64_MAX;
  return {route(Method::get, "/a", text("one")), small, large};
}

class Session : public ::testing::Test {
 protected:
  std::string reply_to(std::string_view request) { return exchange(server_.port(), request); }

  TestServer server_{routes()};
};

/// The same with deadlines short enough to wait for.
class ImpatientSession : public ::testing::Test {
 protected:
  static ServerOptions options() {
    ServerOptions options;
    options.deadlines = {.header = 50ms,
                         .body_idle = 50ms,
                         .write_idle = 50ms,
                         .keep_alive_idle = 50ms,
                         .linger = 50ms};
    return options;
  }

  std::string reply_to(std::string_view request) { return exchange(server_.port(), request); }

  TestServer server_{routes(), options()};
};

std::string get(std::string_view fields) {
  return fmt::format("GET /a HTTP/1.1\r\nHost: x\r\n{}\r\n", fields);
}

std::string post(std::string_view path, std::string_view fields, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\n{}\r\n{}", path, fields, body);
}

const std::string closing_get = get("Connection: close\r\n");

TEST_F(Session, RefusesAmbiguousFramingAndCloses) {
  const std::string chunk = "1\r\na\r\n0\r\n\r\n";
  for (const auto* fields : {"Transfer-Encoding: gzip\r\nContent-Length: 11\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 11\r\n",
                             "Content-Length: 11\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked, gzip\r\n",
                             "Transfer-Encoding: gzip, chunked\r\n",
                             "Transfer-Encoding: chunked, chunked\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: identity\r\n",
                             "Transfer-Encoding: \"chunked\"\r\n",
                             "Transfer-Encoding:\r\n",
                             "Content-Length: 11\r\nContent-Length: 11\r\n",
                             "Content-Length: 11, 11\r\n",
                             "Content-Length: +11\r\n",
                             "Content-Length: -1\r\n",
                             "Content-Length: 0x11\r\n",
                             "Content-Length:\r\n",
                             "Content-Length: 99999999999999999999\r\n"}) {
    // Were the connection kept, the second request would be answered too.
    const auto reply = reply_to(post("/large", fields, chunk) + closing_get);
    EXPECT_EQ(status_of(reply), 400) << fields;
    EXPECT_THAT(reply, Not(HasSubstr("200 OK"))) << fields;
  }
}

TEST_F(Session, RefusesChunkedInHttp10) {
  const auto reply =
      reply_to("POST /large HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");

  EXPECT_EQ(status_of(reply), 400);
}

TEST_F(Session, ReadsChunkedBodies) {
  const auto reply = reply_to(post("/large",
                                   "Transfer-Encoding: Chunked\r\nConnection: close\r\n",
                                   "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"));

  EXPECT_THAT(reply, EndsWith("\r\n\r\nabcde"));
}

TEST_F(Session, GoesOnAfterAChunkedBodyWithTrailers) {
  const auto reply = reply_to(
      post("/large", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nX-Trailer: y\r\n\r\n") +
      closing_get);

  EXPECT_THAT(reply, EndsWith("one"));
}

TEST_F(Session, RefusesBrokenChunks) {
  for (const auto* body : {"x\r\n", "1\r\nab\r\n0\r\n\r\n", "-1\r\n", "1ffffffffffffffff\r\n"}) {
    EXPECT_EQ(status_of(reply_to(post("/large", "Transfer-Encoding: chunked\r\n", body))), 400)
        << body;
  }
}

TEST_F(Session, LimitsChunkExtensionsAndTrailers) {
  const std::string filler(256 * limits::kib, 'x');
  for (const auto& body : {"1;" + filler, "1\r\na\r\n0\r\nX: " + filler}) {
    EXPECT_EQ(status_of(reply_to(post("/large", "Transfer-Encoding: chunked\r\n", body))), 413);
  }
}

TEST_F(Session, LimitsTheNumberOfSmallChunks) {
  std::string body;
  for (std::size_t i = 0; i <= limits::chunk_count; ++i) {
    body += "1\r\na\r\n";
  }

  EXPECT_EQ(status_of(reply_to(post("/large", "Transfer-Encoding: chunked\r\n", body))), 413);
}

TEST_F(Session, HoldsBodiesToTheLimitOfTheRoute) {
  const std::string fits(10, 'x');
  const std::string close = "Connection: close\r\n";

  EXPECT_EQ(status_of(reply_to(post("/small", close + "Content-Length: 10\r\n", fits))), 200);
  EXPECT_EQ(status_of(reply_to(post("/small", close + "Content-Length: 11\r\n", fits + "x"))), 413);
  const std::string chunked = close + "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(status_of(reply_to(post("/small", chunked, "a\r\n" + fits + "\r\n0\r\n\r\n"))), 200);
  EXPECT_EQ(status_of(reply_to(post("/small", chunked, "b\r\n" + fits + "x\r\n0\r\n\r\n"))), 413);
}

TEST_F(Session, HoldsTheHeaderToItsLimit) {
  const auto with_bytes = [](std::size_t bytes) {
    const std::string start = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ";
    return start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
  };

  EXPECT_EQ(status_of(reply_to(with_bytes(limits::header_bytes))), 200);
  EXPECT_EQ(status_of(reply_to(with_bytes(limits::header_bytes + 64))), 431);
}

TEST_F(Session, HoldsTheNumberOfHeaderFieldsToItsLimit) {
  const auto with_fields = [](std::size_t count) {
    std::string fields = "Connection: close\r\n";
    for (std::size_t i = 2; i < count; ++i) {
      fields += "X: y\r\n";
    }
    return get(fields);
  };

  EXPECT_EQ(status_of(reply_to(with_fields(limits::header_count))), 200);
  EXPECT_EQ(status_of(reply_to(with_fields(limits::header_count + 1))), 431);
}

TEST_F(Session, HoldsTheTargetToItsLimit) {
  const auto with_target = [](std::size_t bytes) {
    return "GET /a?" + std::string(bytes - 3, 'x') +
           " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  };

  EXPECT_EQ(status_of(reply_to(with_target(limits::target_bytes))), 200);
  EXPECT_EQ(status_of(reply_to(with_target(limits::target_bytes + 1))), 414);
}

TEST_F(Session, ServesHttp10WithoutHost) {
  const auto reply = reply_to("GET /a HTTP/1.0\r\n\r\n");

  EXPECT_EQ(status_of(reply), 200);
  EXPECT_THAT(reply, HasSubstr("Connection: close"));
  EXPECT_THAT(reply, EndsWith("one"));
}

TEST_F(Session, KeepsAnHttp10ConnectionOnRequest) {
  const auto reply =
      reply_to("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /a HTTP/1.0\r\n\r\n");

  EXPECT_THAT(reply, HasSubstr("Connection: keep-alive"));
  EXPECT_THAT(reply, HasSubstr("oneHTTP/1.1 200 OK"));
}

TEST_F(Session, WantsExactlyOneHostInHttp11) {
  EXPECT_EQ(status_of(reply_to("GET /a HTTP/1.1\r\n\r\n")), 400);
  EXPECT_EQ(status_of(reply_to("GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")), 400);
}

TEST_F(Session, TakesTheAbsoluteFormOfATarget) {
  EXPECT_THAT(reply_to("GET http://x/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              EndsWith("one"));
}

TEST_F(Session, SkipsAnEmptyLineBeforeARequest) {
  EXPECT_THAT(reply_to("\r\n" + closing_get), EndsWith("one"));
}

TEST_F(Session, AnswersPipelinedRequestsInOrder) {
  const auto reply = reply_to(post("/small", "Content-Length: 3\r\n", "two") + closing_get);

  EXPECT_LT(reply.find("two"), reply.find("one"));
  EXPECT_THAT(reply, EndsWith("one"));
}

TEST_F(Session, RefusesGarbage) {
  for (const auto* bytes : {"\x16\x03\x01\x02", "hello\r\n\r\n", "GET /a\r\n\r\n"}) {
    EXPECT_EQ(status_of(reply_to(bytes)), 400) << bytes;
  }
  EXPECT_EQ(status_of(reply_to("GET /a HTTP/2.0\r\nHost: x\r\n\r\n")), 505);
}

TEST_F(Session, SendsContinueOnceTheHandlerReads) {
  RawClient client(server_.port());
  client.send(post("/small", "Content-Length: 3\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");

  client.send("abc");

  EXPECT_THAT(client.read_until("abc"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(Session, SendsNoContinueForABodyThatIsRefused) {
  const auto reply = reply_to(post("/small", "Content-Length: 11\r\nExpect: 100-continue\r\n", ""));

  EXPECT_EQ(status_of(reply), 413);
  EXPECT_THAT(reply, HasSubstr("Connection: close"));
}

TEST_F(Session, RefusesOtherExpectations) {
  EXPECT_EQ(status_of(reply_to(get("Expect: miracles\r\nConnection: close\r\n"))), 417);
}

TEST_F(Session, KeepsTheConnectionWhenASmallBodyWasLeftUnread) {
  const std::string body(limits::unread_body_bytes, 'x');

  const auto reply =
      reply_to(post("/a", fmt::format("Content-Length: {}\r\n", body.size()), body) + closing_get);

  EXPECT_EQ(status_of(reply), 405);
  EXPECT_THAT(reply, EndsWith("one"));
}

TEST_F(Session, LetsAClientThatIsStillSendingReadItsRefusal) {
  const std::string body(32 * limits::mib, 'x');
  RawClient client(server_.port());

  // The whole body is sent before anything is read, as python-requests does.
  EXPECT_TRUE(client.send(post("/small", fmt::format("Content-Length: {}\r\n", body.size()), "")));
  EXPECT_TRUE(client.send(body));

  const auto reply = client.read_until("allowed here");
  EXPECT_EQ(status_of(reply), 413);
  EXPECT_THAT(reply, HasSubstr("Connection: close"));
}

TEST_F(ImpatientSession, ClosesASilentConnection) {
  RawClient client(server_.port());

  EXPECT_EQ(client.read_to_close(), "");
}

TEST_F(ImpatientSession, RefusesAHeaderThatDoesNotArriveInTime) {
  EXPECT_EQ(status_of(reply_to("GET /a HTTP/1.1\r\nHo")), 408);
}

TEST_F(ImpatientSession, HoldsTheHeaderDeadlineAgainstADripOfBytes) {
  RawClient client(server_.port());
  const timeval pause{.tv_sec = 0, .tv_usec = 5000};
  setsockopt(client.socket(), SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
  client.send("GET /a HTTP/1.1\r\nX: ");

  std::string reply;
  for (int i = 0; i < 2000 && reply.empty() && client.send("x"); ++i) {
    reply = client.read_to_close();
  }

  EXPECT_EQ(status_of(reply), 408);
}

TEST_F(ImpatientSession, ClosesAnIdleConnectionAfterAReply) {
  EXPECT_THAT(reply_to(get("")), EndsWith("one"));
}

TEST_F(ImpatientSession, RefusesABodyThatStopsAndCloses) {
  for (const auto& request : {post("/small", "Content-Length: 10\r\n", "abc"),
                              post("/large", "Transfer-Encoding: chunked\r\n", "9\r\nabc")}) {
    const auto reply = reply_to(request);

    EXPECT_EQ(status_of(reply), 408) << request;
    EXPECT_THAT(reply, HasSubstr("Connection: close"));
    EXPECT_THAT(reply, HasSubstr("silent for too long"));
  }
}

TEST_F(ImpatientSession, DoesNotWaitForeverForARefusedBody) {
  RawClient client(server_.port());
  client.send(post("/small", "Content-Length: 1000000\r\n", ""));
  EXPECT_EQ(status_of(client.read_to_close()), 413);

  // Only the server's giving up ends the session, so that the stop need not break it off.
  const auto start = std::chrono::steady_clock::now();
  server_.stop(1min);

  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

TEST_F(ImpatientSession, DoesNotReadARefusedBodyForeverHoweverFastItComes) {
  RawClient client(server_.port());
  client.send(post("/small", "Content-Length: 1000000000000000\r\n", ""));
  const std::string block(limits::mib, 'x');

  const auto patience = std::chrono::steady_clock::now() + 10s;
  bool is_read = true;
  while (is_read && std::chrono::steady_clock::now() < patience) {
    is_read = client.send(block);
  }

  EXPECT_FALSE(is_read);
}

TEST(Deadlines, AreTheDocumentedLimitsUnlessSet) {
  const Deadlines deadlines;

  EXPECT_EQ(deadlines.header, limits::header_deadline);
  EXPECT_EQ(deadlines.body_idle, limits::body_idle_deadline);
  EXPECT_EQ(deadlines.write_idle, limits::write_idle_deadline);
  EXPECT_EQ(deadlines.keep_alive_idle, limits::keep_alive_idle);
  EXPECT_EQ(deadlines.linger, limits::linger_deadline);
  EXPECT_EQ(ServerOptions().max_connections, limits::connections);
}

TEST(SlowReader, IsDisconnected) {
  auto endless = route(Method::get, "/endless", [](Request) -> Awaitable<Response> {
    Response response;
    response.body = StreamBody{
        [](std::span<char> buffer) -> Awaitable<Result<std::size_t>> { co_return buffer.size(); }};
    co_return response;
  });
  ServerOptions options;
  options.deadlines.write_idle = 50ms;
  TestServer server({endless}, options);
  RawClient client(server.port());
  client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_until("\r\n\r\n");

  // Only the server's giving up ends the session, so that the stop need not break it off.
  server.stop(1min);

  EXPECT_THAT(client.read_to_close(), Not(EndsWith("0\r\n\r\n")));
}

}  // namespace
}  // namespace athanor::http
