#include "athanor/jobs/process_identity.hpp"

#include <ctime>
#include <sys/prctl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace athanor::jobs {
namespace {

constexpr pid_t nobody = 0x3fffffff;  ///< Above all ids that Linux gives.

/// Keeps this process busy for so long.
void compute_for(std::chrono::duration<double> time) {
  const double clocks = time.count() * static_cast<double>(CLOCKS_PER_SEC);
  const std::clock_t end = std::clock() + static_cast<std::clock_t>(clocks);
  while (std::clock() < end) {
  }
}

TEST(ProcessIdentity, IsTheSameAsLongAsTheProcessLives) {
  const auto first = identify_process(::getpid());

  ASSERT_TRUE(first);
  EXPECT_FALSE(first->start_time.empty());
  EXPECT_EQ(identify_process(::getpid()), first);
  EXPECT_EQ(identify_process(nobody), std::nullopt);
}

TEST(ProcessIdentity, DoesNotDependOnTheProgramsName) {
  const auto first = identify_process(::getpid());

  ASSERT_EQ(::prctl(PR_SET_NAME, "a) 1 2 (b", 0, 0, 0), 0);

  EXPECT_EQ(identify_process(::getpid()), first);
}

TEST(ProcessTimes, TellWhatWasComputedAndHowLongTheProcessLives) {
  const auto before = times_of_process(::getpid());
  compute_for(std::chrono::milliseconds(300));
  const auto after = times_of_process(::getpid());

  ASSERT_TRUE(before && after);
  const double computed = (after->processor - before->processor).count();
  EXPECT_GT(computed, 0.2);
  EXPECT_LT(computed, 2);
  EXPECT_GT(before->age.count(), 0);
  EXPECT_GT((after->age - before->age).count(), 0.2);
}

TEST(ProcessTimes, AreNoneWithoutAProcess) {
  EXPECT_FALSE(times_of_process(nobody));
}

}  // namespace
}  // namespace athanor::jobs
