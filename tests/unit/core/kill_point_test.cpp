#include "athanor/core/kill_point.hpp"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

namespace athanor {
namespace {

/// Passes the same point three times in a process of its own.
void pass_three_times(const char* target) {
  ::setenv(kill_point_variable, target, 1);
  for (int i = 0; i < 3; ++i) {
    pass(KillPoint::job_claimed);
  }
  std::_Exit(0);
}

class KillPointDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(KillPointDeathTest, EndsTheProcessWhereTheVariableSays) {
  EXPECT_EXIT(pass_three_times("job_claimed"), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(pass_three_times("job_claimed:3"), ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(KillPointDeathTest, DoesNothingElsewhere) {
  EXPECT_EXIT(pass_three_times("job_claimed:4"), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(pass_three_times("job_settled"), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(pass_three_times(""), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace athanor
