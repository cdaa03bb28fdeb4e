#include "athanor/store/observed_store.hpp"

#include <array>
#include <string>

#include "support/memory_store.hpp"
#include <gtest/gtest.h>

namespace athanor::store {
namespace {

class ObservedStoreTest : public ::testing::Test {
 protected:
  JobRepository& jobs() { return store_->jobs(); }

  /// What was told since the last call: "s" for a state, "r" for a result.
  std::string told() { return std::exchange(told_, ""); }

  JobRecord insert(JobState state) {
    JobRecord job;
    job.id = Uuid::random();
    job.state = state;
    EXPECT_TRUE(jobs().insert(std::array{job}));
    return job;
  }

 private:
  std::string told_;
  std::unique_ptr<Store> store_ =
      observe(std::make_unique<testing::MemoryStore>(), [this](Uuid job, JobChange change) {
        EXPECT_TRUE(jobs().find(job)) << "told before the change is there";
        told_ += change == JobChange::state ? "s" : "r";
      });
};

TEST_F(ObservedStoreTest, TellsOfNewJobs) {
  std::array<JobRecord, 2> both;
  for (auto& job : both) {
    job.id = Uuid::random();
  }
  ASSERT_TRUE(jobs().insert(both));

  EXPECT_EQ(told(), "ss");
}

TEST_F(ObservedStoreTest, TellsOfStatesAndResults) {
  const auto job = insert(JobState::pending);
  told();

  ASSERT_TRUE(jobs().transition(job.id, JobState::pending, JobState::running, std::nullopt));
  ASSERT_TRUE(jobs().set_result(job.id, {{"epoch", 1}}));

  EXPECT_EQ(told(), "sr");
}

TEST_F(ObservedStoreTest, IsSilentWhenNothingChanged) {
  const auto job = insert(JobState::done);
  told();

  ASSERT_TRUE(jobs().transition(job.id, JobState::pending, JobState::running, std::nullopt));
  ASSERT_TRUE(jobs().set_result(job.id, {{"epoch", 1}}));

  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace athanor::store
