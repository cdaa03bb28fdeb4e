#include "athanor/http/detail/correlation.hpp"

#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::http::detail {
namespace {

Headers with(const char* name, std::string value) {
  Headers headers;
  headers.add(name, std::move(value));
  return headers;
}

TEST(RequestId, GoesOnWithTheClients) {
  EXPECT_EQ(wanted_request_id(with("x-request-id", "a-Z_0.9~+/=:")), "a-Z_0.9~+/=:");
}

TEST(RequestId, RefusesWhatDoesNotBelongInALog) {
  for (const auto* id : {"", "a b", "a\"b", "a\nb", "<script>", "\xc3\xa9"}) {
    EXPECT_EQ(wanted_request_id(with("X-Request-Id", id)), "") << id;
  }
}

TEST(RequestId, IsBounded) {
  const std::string longest(limits::request_id_bytes, 'x');

  EXPECT_EQ(wanted_request_id(with("X-Request-Id", longest)), longest);
  EXPECT_EQ(wanted_request_id(with("X-Request-Id", longest + "x")), "");
}

TEST(RequestId, TwoAreAsGoodAsNone) {
  auto headers = with("X-Request-Id", "a");
  headers.add("X-Request-Id", "b");

  EXPECT_EQ(wanted_request_id(headers), "");
}

// W3C Trace Context, section 3.2.
TEST(TraceId, IsTakenFromTraceparent) {
  constexpr const char* trace = "4bf92f3577b34da6a3ce929d0e0e4736";

  EXPECT_EQ(
      trace_id(with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")),
      trace);
  EXPECT_EQ(
      trace_id(with("traceparent", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more")),
      trace);
}

TEST(TraceId, RefusesMalformedFields) {
  for (const auto* field : {"",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"}) {
    EXPECT_EQ(trace_id(with("traceparent", field)), "") << field;
  }
}

}  // namespace
}  // namespace athanor::http::detail
