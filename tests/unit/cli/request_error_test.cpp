#include "athanor/cli/request_error.hpp"

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

TEST(RequestError, ABodyThatCameTooSlowlyIsNoFaultOfItsContent) {
  const auto error =
      reply_error(408, R"({"error_desc": "the peer was silent for too long", "error_code": 408})");

  EXPECT_EQ(error.code, ErrorCode::timed_out);
  EXPECT_EQ(error.message, "the peer was silent for too long");
}

TEST(RequestError, AReplyOfNobodyWeKnowIsToldByItsStatus) {
  EXPECT_EQ(reply_error(502, "<html>Bad Gateway</html>").message,
            "the server answered with HTTP status 502");
}

}  // namespace
}  // namespace athanor::cli
