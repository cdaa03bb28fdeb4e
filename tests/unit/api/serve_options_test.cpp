#include "athanor/api/serve_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::api {
namespace {

using ::testing::HasSubstr;

TEST(ServeOptions, ListenOnAHostAndPort) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8000")->address, "127.0.0.1");
  EXPECT_EQ(parse_endpoint("127.0.0.1:8000")->port, 8000);
  EXPECT_EQ(parse_endpoint("[::1]:0")->address, "::1");
  EXPECT_EQ(parse_endpoint("localhost:1")->address, "127.0.0.1");
  for (const auto* wrong : {"", "8000", ":8000", "host", "host:", "host:x", "host:65536"}) {
    const auto refused = parse_endpoint(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr("--listen"));
  }
}

TEST(ServeOptions, OpenToAllIsForLoopbackAlone) {
  ServeOptions options;
  EXPECT_EQ(check_options(options)->mode, auth::Mode::none);
  options.listen = "0.0.0.0:8000";
  EXPECT_EQ(check_options(options).error().code, ErrorCode::forbidden);
  options.auth = "keys";
  EXPECT_EQ(check_options(options)->mode, auth::Mode::keys);
}

TEST(ServeOptions, ThreadsAreSharedBySlotsUnlessGiven) {
  ServeOptions options;
  options.slots = 1'000'000;
  EXPECT_EQ(check_options(options)->threads_per_job, 1);
  options.threads = 3;
  EXPECT_EQ(check_options(options)->threads_per_job, 3);
}

TEST(ServeOptions, FaultsAreNamed) {
  ServeOptions options;
  options.tls.key = "server.key";
  EXPECT_THAT(check_options(options).error().message, HasSubstr("--tls-certificate"));
  options.tls = {};
  options.trusted_proxies = {"nowhere"};
  EXPECT_THAT(check_options(options).error().message, HasSubstr("--trusted-proxy nowhere"));
}

}  // namespace
}  // namespace athanor::api
