#include "athanor/http/detail/request_body.hpp"

#include <vector>

#include "support/memory_transport.hpp"
#include "support/run_coroutine.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::http::detail {
namespace {

using athanor::testing::MemoryTransport;
using athanor::testing::run_coroutine;

constexpr std::size_t body_bytes = 16 * limits::mib;
constexpr std::size_t piece_bytes = 64 * limits::kib;

/// Reads a whole request off the transport; gives the number of body bytes.
Awaitable<std::size_t> read_request(Transport& transport, std::string head, Framing framing) {
  RequestParser parser;
  InputBuffer input(128 * limits::kib);
  (void)parser.parse_head(head).value();
  RequestBody body(transport, input, parser, {.framing = framing});
  (void)body.limit_to(UINT64_MAX);
  std::vector<char> piece(piece_bytes);
  std::size_t total = 0;
  std::size_t count = 0;
  do {
    const auto read = co_await body.read_some(piece);
    count = read.value();
    total += count;
  } while (count > 0);
  co_return total;
}

TEST(RequestBody, ReadsASizedUploadInLargePieces) {
  MemoryTransport transport(std::string(body_bytes, 'x'));
  const auto head = fmt::format("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body_bytes);

  EXPECT_EQ(run_coroutine(read_request(transport, head, {.length = body_bytes})), body_bytes);
  EXPECT_LE(transport.reads, body_bytes / piece_bytes);
}

TEST(RequestBody, ReadsAChunkedUploadInLargePieces) {
  const std::string chunk =
      fmt::format("{:x}\r\n{}\r\n", piece_bytes, std::string(piece_bytes, 'x'));
  std::string wire;
  for (std::size_t i = 0; i < body_bytes / piece_bytes; ++i) {
    wire += chunk;
  }
  MemoryTransport transport(wire + "0\r\n\r\n");
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

  EXPECT_EQ(run_coroutine(read_request(transport, head, {.chunked = true})), body_bytes);
  EXPECT_LE(transport.reads, 2 * body_bytes / piece_bytes);
}

TEST(RequestBody, ReadsChunksHoweverTheyAreCut) {
  for (std::size_t step = 1; step < 20; ++step) {
    MemoryTransport transport("3\r\nabc\r\nA;x\r\n0123456789\r\n0\r\nT: x\r\n\r\n", step);
    const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    EXPECT_EQ(run_coroutine(read_request(transport, head, {.chunked = true})), 13U) << step;
  }
}

}  // namespace
}  // namespace athanor::http::detail
