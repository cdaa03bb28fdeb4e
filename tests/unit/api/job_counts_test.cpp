#include "athanor/api/job_counts.hpp"

#include <gtest/gtest.h>

namespace athanor::api {
namespace {

using namespace std::chrono_literals;

/// A store whose every count takes this long, by a clock of its own.
class JobCountsTest : public ::testing::Test {
 protected:
  Result<JobCounts::Counts> count() {
    now_ += takes_;
    if (fails_) {
      return fail(ErrorCode::io, "the database failed");
    }
    ++counted_;
    return JobCounts::Counts{{store::JobState::done, "train", counted_}};
  }

  /// How often the jobs had been counted when the answer was made.
  std::int64_t answer() { return counts_.get().value().at(0).jobs; }

  std::chrono::milliseconds takes_ = 100ms;
  bool fails_ = false;
  std::int64_t counted_ = 0;
  JobCounts::Time now_ = JobCounts::Time() + 1h;
  JobCounts counts_{[this] { return count(); }, [this] { return now_; }};
};

TEST_F(JobCountsTest, AreKeptForTwentyTimesAsLongAsTheyTook) {
  EXPECT_EQ(answer(), 1);
  now_ += 1999ms;
  EXPECT_EQ(answer(), 1);
  now_ += 1ms;
  EXPECT_EQ(answer(), 2);
}

TEST_F(JobCountsTest, AreAlwaysNewWhereCountingTakesNoTime) {
  takes_ = 0ms;
  EXPECT_EQ(answer(), 1);
  EXPECT_EQ(answer(), 2);
}

TEST_F(JobCountsTest, AFailureIsNotKept) {
  fails_ = true;
  EXPECT_FALSE(counts_.get());
  fails_ = false;
  EXPECT_EQ(answer(), 1);
}

}  // namespace
}  // namespace athanor::api
