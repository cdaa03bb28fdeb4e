#include "athanor/core/blocked_signals.hpp"

#include <optional>
#include <thread>

#include <gtest/gtest.h>

namespace athanor {

namespace {

bool takes(int signal) {
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, signal) == 0;
}

}  // namespace

TEST(BlockedSignals, KeepsThemFromThisThreadUntilItGoes) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    ASSERT_TRUE(takes(signal));
    {
      const BlockedSignals blocked;
      EXPECT_FALSE(takes(signal));
    }
    EXPECT_TRUE(takes(signal));
  }
}

TEST(BlockedSignals, KeepsThemForGoodFromThreadsThatBeginMeanwhile) {
  std::optional<BlockedSignals> blocked(std::in_place);
  bool taken = true;
  std::thread thread([&] { taken = takes(SIGTERM); });
  blocked.reset();
  thread.join();

  EXPECT_FALSE(taken);
}

TEST(BlockedSignals, LeavesOthersAlone) {
  const BlockedSignals blocked;

  EXPECT_TRUE(takes(SIGCHLD));
}

}  // namespace athanor
