#include <chrono>
#include <stdexcept>
#include <utility>

#include "support/temp_dir.hpp"
#include "unit/http/curl_client.hpp"
#include "unit/http/test_server.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

// The three kinds of reply, as libcurl sees them.
namespace athanor::http {
namespace {

using testing::CurlClient;
using testing::exchange;
using testing::fetch;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::route;
using testing::TestServer;

/// 0 1 2 ... as text of 600,000 bytes: larger than one block.
std::string numbers() {
  std::string text;
  for (int i = 0; text.size() < 600000; ++i) {
    text += fmt::format("{:06} ", i);
  }
  return text;
}

class FileReply : public ::testing::Test {
 protected:
  void SetUp() override { write(content_); }

  void write(std::string_view content) {
    ASSERT_TRUE(write_file_atomic(folder_.path() / "file", content));
  }

  testing::CurlReply get(std::vector<std::string> headers, std::string method = "GET") {
    return fetch(server_.url("/file"),
                 {.method = std::move(method), .headers = std::move(headers)});
  }

  Awaitable<Response> send_file(Request) {
    Response response;
    response.headers.add("Content-Disposition", "attachment");
    response.body = FileBody{folder_.path() / "file", "application/x-test"};
    co_return response;
  }

  const std::string content_ = numbers();
  athanor::testing::TempDir folder_;
  TestServer server_{{route(
      Method::get, "/file", [this](Request request) { return send_file(std::move(request)); })}};
};

TEST_F(FileReply, SendsTheWholeFile) {
  const auto reply = get({});

  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body == content_);
  EXPECT_EQ(reply.headers.at("content-type"), "application/x-test");
  EXPECT_EQ(reply.headers.at("content-disposition"), "attachment");
  EXPECT_EQ(reply.headers.at("accept-ranges"), "bytes");
}

TEST_F(FileReply, AnswersHeadWithItsSize) {
  const auto reply = get({}, "HEAD");

  EXPECT_EQ(reply.headers.at("content-length"), std::to_string(content_.size()));
  EXPECT_EQ(reply.body, "");
}

TEST_F(FileReply, AnswersHeadWithoutHeedingARange) {
  for (const auto* range : {"Range: bytes=0-5", "Range: bytes=9999999-"}) {
    const auto reply = get({range}, "HEAD");

    EXPECT_EQ(reply.status, 200) << range;
    EXPECT_EQ(reply.headers.at("content-length"), std::to_string(content_.size())) << range;
  }
}

TEST_F(FileReply, SendsOneRange) {
  const auto reply = get({"Range: bytes=299990-300009"});

  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.body, content_.substr(299990, 20));
  EXPECT_EQ(reply.headers.at("content-range"),
            fmt::format("bytes 299990-300009/{}", content_.size()));
}

TEST_F(FileReply, SendsSeveralRangesInParts) {
  const auto reply = get({"Range: bytes=0-5,-7"});

  EXPECT_EQ(reply.status, 206);
  const std::string type = reply.headers.at("content-type");
  const std::string boundary = type.substr(type.find('=') + 1);
  const auto part = [&](std::size_t first, std::size_t length) {
    return fmt::format(
        "\r\n--{}\r\nContent-Type: application/x-test\r\nContent-Range: bytes {}-{}/{}\r\n\r\n{}",
        boundary,
        first,
        first + length - 1,
        content_.size(),
        content_.substr(first, length));
  };
  EXPECT_EQ(reply.body,
            part(0, 6) + part(content_.size() - 7, 7) + fmt::format("\r\n--{}--\r\n", boundary));
}

TEST_F(FileReply, RefusesRangesBeyondTheEnd) {
  const auto reply = get({"Range: bytes=9999999-"});

  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.headers.at("content-range"), fmt::format("bytes */{}", content_.size()));
}

TEST_F(FileReply, IsNotSentAgainWhileItIsUnchanged) {
  const auto first = get({});
  const auto etag = first.headers.at("etag");

  EXPECT_EQ(get({"If-None-Match: \"other\", W/" + etag}).status, 304);
  EXPECT_EQ(get({"If-None-Match: *"}).status, 304);
  EXPECT_EQ(get({"If-None-Match: \"other\""}).status, 200);
  EXPECT_EQ(get({"If-Modified-Since: " + first.headers.at("last-modified")}).status, 304);
  EXPECT_EQ(get({"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"}).status, 200);
}

TEST_F(FileReply, SendsARangeOnlyOfTheSameCopy) {
  const auto first = get({});

  EXPECT_EQ(get({"Range: bytes=0-0", "If-Range: " + first.headers.at("etag")}).status, 206);
  EXPECT_EQ(get({"Range: bytes=0-0", "If-Range: " + first.headers.at("last-modified")}).status,
            206);
  EXPECT_EQ(get({"Range: bytes=0-0", "If-Range: \"other\""}).status, 200);
}

TEST_F(FileReply, ChangesItsTagWithTheContent) {
  const auto before = get({}).headers.at("etag");
  write("new");

  EXPECT_NE(get({}).headers.at("etag"), before);
}

TEST_F(FileReply, AnswersAMissingFileWith404) {
  std::filesystem::remove(folder_.path() / "file");

  EXPECT_EQ(get({}).status, 404);
}

TEST(FileReplyOfNoFile, SaysThatItCannotBeOpenedAndNotThatItIsGone) {
  TestServer server({route(Method::get, "/file", [](Request) -> Awaitable<Response> {
    Response response;
    response.body = FileBody{std::string(300, 'x'), "application/x-test"};  // Too long a name.
    co_return response;
  })});

  EXPECT_EQ(fetch(server.url("/file")).status, 500);
}

TEST(FileReplyOfNoFile, HasTheFormAndFieldsOfAnyFailure) {
  athanor::testing::TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "file", "content"));
  ServerOptions options;
  options.cors_origins = {"https://lab.example"};
  options.adapt_failure = [](std::string_view path, std::string_view accept, Response& reply) {
    reply.headers.set("X-Adapted", fmt::format("{} {}", path, accept));
  };
  const auto send = [&folder](Request request) -> Awaitable<Response> {
    Response response;
    response.body = FileBody{folder.path() / request.path.substr(1), "application/x-test"};
    co_return response;
  };
  TestServer server({route(Method::get, "/file", send), route(Method::get, "/gone", send)},
                    options);

  for (const auto& [path, status] : {std::pair{"/file", 416}, std::pair{"/gone", 404}}) {
    const auto reply =
        fetch(server.url(path),
              {.headers = {"Origin: https://lab.example", "Accept: text/x", "Range: bytes=99-"}});

    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.headers.at("access-control-allow-origin"), "https://lab.example");
    EXPECT_EQ(reply.headers.at("x-adapted"), fmt::format("{} text/x", path));
  }
}

/// Three pieces of `bytes` each, then the end or an error.
Handler stream(std::size_t bytes, bool fails) {
  return [bytes, fails](Request) -> Awaitable<Response> {
    Response response;
    response.body = StreamBody{
        [bytes, fails, left = 3](std::span<char> buffer) mutable -> Awaitable<Result<std::size_t>> {
          if (left-- == 0) {
            if (fails) {
              co_return fail(ErrorCode::io, "the disk is gone");
            }
            co_return 0;
          }
          std::fill_n(buffer.begin(), bytes, 'x');
          co_return bytes;
        }};
    co_return response;
  };
}

TEST(StreamReply, IsSentInChunks) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{65536}}) {
    TestServer server({route(Method::get, "/s", stream(bytes, false))});
    CurlClient client;

    const auto reply = client.perform(server.url("/s"));

    EXPECT_EQ(reply.headers.at("transfer-encoding"), "chunked");
    EXPECT_EQ(reply.body, std::string(3 * bytes, 'x'));
    EXPECT_EQ(client.perform(server.url("/s")).new_connections, 0);
  }
}

TEST(StreamReply, IsVisiblyBrokenAfterAnError) {
  TestServer server({route(Method::get, "/s", stream(10, true))});

  EXPECT_NE(fetch(server.url("/s")).error, 0);
}

Awaitable<Result<std::size_t>> throw_instead(std::span<char> /*buffer*/) {
  throw std::runtime_error("the disk is gone");
  co_return 0;
}

TEST(StreamReply, IsBrokenAtOnceByAnException) {
  TestServer server({route(Method::get, "/s", [](Request) -> Awaitable<Response> {
    Response response;
    response.body = StreamBody{throw_instead};
    co_return response;
  })});

  // Sooner than any deadline of the connection.
  const auto start = std::chrono::steady_clock::now();
  const auto reply = exchange(server.port(), "GET /s HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_THAT(reply, HasSubstr("200 OK"));
  EXPECT_THAT(reply, Not(HasSubstr("0\r\n\r\n")));
}

TEST(StreamReply, EndsWithTheConnectionInHttp10) {
  TestServer server({route(Method::get, "/s", stream(1, false))});

  const auto reply = exchange(server.port(), "GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

  EXPECT_THAT(reply, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(reply, ::testing::EndsWith("\r\n\r\nxxx"));
}

TEST(StreamReply, IsNotMadeForHead) {
  TestServer server({route(Method::get, "/s", stream(1, true))});

  EXPECT_EQ(fetch(server.url("/s"), {.method = "HEAD"}).error, 0);
}

TEST(TextReply, HasNoBodyWith204) {
  TestServer server({route(Method::get, "/n", [](Request) -> Awaitable<Response> {
    Response response;
    response.status = 204;
    response.body = "surplus";
    co_return response;
  })});

  const auto reply = exchange(server.port(), "GET /n HTTP/1.0\r\n\r\n");

  EXPECT_THAT(reply, ::testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(reply, Not(HasSubstr("Content-Length")));
}

TEST(TextReply, CannotStartFieldsOfItsOwn) {
  TestServer server({route(Method::get, "/n", [](Request request) -> Awaitable<Response> {
    Response response;
    response.headers.add("X-Echo", std::string(*request.query_value("v")));
    co_return response;
  })});

  const auto reply = fetch(server.url("/n?v=a%0d%0aX-Evil:%20b"));

  EXPECT_FALSE(reply.headers.contains("x-evil"));
  EXPECT_EQ(reply.headers.at("x-echo"), "a  X-Evil: b");
}

}  // namespace
}  // namespace athanor::http
