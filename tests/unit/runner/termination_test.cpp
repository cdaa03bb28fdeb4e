#include "athanor/runner/termination.hpp"

#include <condition_variable>
#include <mutex>
#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace athanor::runner {

TEST(Termination, TurnsSigtermIntoAStopRequest) {
  const Termination termination;
  std::mutex mutex;
  std::condition_variable_any changed;

  kill(getpid(), SIGTERM);

  std::unique_lock lock(mutex);
  changed.wait_for(lock, termination.token(), std::chrono::seconds(10), [] { return false; });
  EXPECT_TRUE(termination.token().stop_requested());
}

TEST(Termination, EndsWithoutASignal) {
  const Termination termination;

  EXPECT_FALSE(termination.token().stop_requested());
}

}  // namespace athanor::runner
