#include "athanor/auth/throttle.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::auth {
namespace {

using namespace std::chrono_literals;

constexpr unsigned free_failures = 3;

class ThrottleTest : public ::testing::Test {
 protected:
  void fail_times(unsigned count, const std::string& subject = "a") {
    for (unsigned i = 0; i < count; ++i) {
      throttle_.failed(subject, now_);
    }
  }

  std::chrono::seconds wait_of(const std::string& subject = "a") {
    return throttle_.wait_of(subject, now_);
  }

  Throttle throttle_{free_failures};
  SteadyTime now_ = SteadyTime(1h);
};

TEST_F(ThrottleTest, TheFirstFailuresCostNothing) {
  EXPECT_EQ(wait_of(), 0s);
  fail_times(free_failures);
  EXPECT_EQ(wait_of(), 0s);
}

TEST_F(ThrottleTest, EachFurtherFailureDoublesTheWaitUpToTheLongest) {
  fail_times(free_failures);
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    fail_times(1);
    EXPECT_EQ(wait_of(), wait);
  }
  fail_times(100);
  EXPECT_EQ(wait_of(), limits::login_longest_wait);
}

TEST_F(ThrottleTest, TheWaitEnds) {
  fail_times(free_failures + 2);
  now_ += 1500ms;
  EXPECT_EQ(wait_of(), 1s) << "rounded up";
  now_ += 500ms;
  EXPECT_EQ(wait_of(), 0s);
}

TEST_F(ThrottleTest, OthersDoNotWait) {
  fail_times(free_failures + 5);
  EXPECT_EQ(wait_of("b"), 0s);
}

TEST_F(ThrottleTest, SuccessAndTimeClearTheRecord) {
  fail_times(free_failures + 1);
  throttle_.succeeded("a");
  fail_times(free_failures);
  EXPECT_EQ(wait_of(), 0s);
  now_ += limits::login_failures_kept + 1s;
  fail_times(free_failures);
  EXPECT_EQ(wait_of(), 0s);
}

TEST_F(ThrottleTest, ForgetsTheOldestOfTooMany) {
  fail_times(free_failures + 5, "first");
  fail_times(free_failures + 5, "second");
  for (std::size_t i = 0; i + 1 < limits::login_failures_tracked; ++i) {
    fail_times(1, fmt::format("peer {}", i));
  }
  EXPECT_EQ(wait_of("first"), 0s);
  EXPECT_GT(wait_of("second"), 0s);
}

TEST(NetworkOf, AnIpv6PeerIsItsNetwork) {
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2:ffff::1"), network_of("2001:db8:1:2::7"));
  EXPECT_NE(network_of("2001:db8:1:3::1"), network_of("2001:db8:1:2::1"));
  EXPECT_EQ(network_of("fe80::1%eth0"), "fe80::/64");
}

TEST(NetworkOf, AnIpv4PeerIsItself) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
}

}  // namespace
}  // namespace athanor::auth
