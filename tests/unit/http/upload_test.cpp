#include <sys/resource.h>

#include "support/temp_dir.hpp"
#include "unit/http/curl_client.hpp"
#include "unit/http/test_server.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/http/multipart.hpp"

namespace athanor::http {
namespace {

using testing::CurlReply;
using testing::fetch;
using testing::route;
using testing::TestServer;

/// Counts the bytes of the part "file" and replies "name: bytes".
Awaitable<Result<std::string>> count_upload(Request& request) {
  const auto type = request.headers.find("Content-Type").value_or("");
  ATHANOR_CO_TRY(auto parts, MultipartReader::open(type, *request.body));
  ATHANOR_CO_TRY(const auto part, co_await parts.next_part());
  std::vector<char> piece(limits::mib);
  std::uint64_t total = 0;
  while (true) {
    ATHANOR_CO_TRY(const std::size_t count, co_await parts.read_some(piece));
    if (count == 0) {
      co_return fmt::format("{}: {}", part->filename.value_or("-"), total);
    }
    total += count;
  }
}

Awaitable<Response> answer_upload(Request request) {
  Response response;
  const auto counted = co_await count_upload(request);
  response.status = counted ? 201 : 400;
  response.body = counted ? *counted : counted.error().message;
  co_return response;
}

Route upload_route() {
  auto upload = route(Method::post, "/upload", answer_upload);
  upload.body_limit = limits::upload_bytes;
  return upload;
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(Upload, TakesAFormFromCurl) {
  athanor::testing::TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "data.tar.gz", std::string(300000, 'x')));
  TestServer server({upload_route()});

  const auto reply =
      fetch(server.url("/upload"), {.method = "POST", .form_file = folder.path() / "data.tar.gz"});

  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "data.tar.gz: 300000");
}

TEST(Upload, NeedsLittleMemoryForALargeBody) {
  constexpr std::size_t pieces = 8192;
  const std::string piece(16 * limits::kib, 'x');
  TestServer server({upload_route()});
  std::size_t sent = 0;
  const auto chunks = [&]() -> std::string {
    ++sent;
    if (sent == 1) {
      return "--XX\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n";
    }
    return sent < pieces + 2 ? piece : sent == pieces + 2 ? "\r\n--XX--" : "";
  };
  const long before = peak_kib();

  const auto reply = fetch(server.url("/upload"),
                           {.method = "POST",
                            .headers = {"Content-Type: multipart/form-data; boundary=XX"},
                            .chunks = chunks});

  EXPECT_EQ(reply.body, fmt::format("a: {}", pieces * piece.size()));
  EXPECT_LT(peak_kib() - before, 32 * 1024) << "for 128 MiB";
}

}  // namespace
}  // namespace athanor::http
