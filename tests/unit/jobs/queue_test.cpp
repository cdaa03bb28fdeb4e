#include "athanor/jobs/queue.hpp"

#include "support/memory_store.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::jobs {
namespace {

using store::JobRecord;
using store::JobState;
using ::testing::ElementsAre;

JobRecord job_of(JobState state, std::optional<Uuid> parent = std::nullopt) {
  JobRecord job;
  job.id = Uuid::random();
  job.action = "train";
  job.state = state;
  job.parent_id = parent;
  return job;
}

std::vector<Uuid> ids_of(const std::vector<JobRecord>& jobs) {
  std::vector<Uuid> ids;
  for (const auto& job : jobs) {
    ids.push_back(job.id);
  }
  return ids;
}

TEST(Decide, StartsAJobWithoutParentInAFreeSlot) {
  EXPECT_EQ(decide(job_of(JobState::pending), nullptr, 1).verdict, Verdict::start);
}

TEST(Decide, WaitsForASlot) {
  EXPECT_EQ(decide(job_of(JobState::pending), nullptr, 0).verdict, Verdict::wait);
}

TEST(Decide, FollowsTheStateOfTheParent) {
  const auto verdict = [](JobState state) {
    const JobRecord parent = job_of(state);
    return decide(job_of(JobState::pending, parent.id), &parent, 1).verdict;
  };

  EXPECT_EQ(verdict(JobState::pending), Verdict::wait);
  EXPECT_EQ(verdict(JobState::running), Verdict::wait);
  EXPECT_EQ(verdict(JobState::done), Verdict::start);
  EXPECT_EQ(verdict(JobState::error), Verdict::fail);
}

TEST(Decide, FailsAChildOfAMissingParentEvenWithoutASlot) {
  EXPECT_EQ(decide(job_of(JobState::pending, Uuid::random()), nullptr, 0).verdict, Verdict::fail);
}

TEST(TakeReadyJobs, TakesTheOldestFirst) {
  testing::MemoryJobs jobs;
  const std::vector<JobRecord> posted = {
      job_of(JobState::pending), job_of(JobState::pending), job_of(JobState::pending)};
  ASSERT_TRUE(jobs.insert(posted));

  const auto taken = take_ready_jobs(jobs, 2);

  ASSERT_TRUE(taken);
  EXPECT_THAT(ids_of(*taken), ElementsAre(posted[0].id, posted[1].id));
  EXPECT_EQ(jobs.find(posted[1].id)->state, JobState::running);
  EXPECT_EQ(jobs.find(posted[2].id)->state, JobState::pending);
}

TEST(TakeReadyJobs, ForgetsWhatAJobWaitedForWhenItStarts) {
  testing::MemoryJobs jobs;
  const std::vector<JobRecord> posted = {job_of(JobState::pending)};
  ASSERT_TRUE(jobs.insert(posted));
  ASSERT_TRUE(take_ready_jobs(jobs, 0));
  ASSERT_FALSE(jobs.find(posted[0].id)->result.empty());

  ASSERT_TRUE(take_ready_jobs(jobs, 1));

  EXPECT_EQ(jobs.find(posted[0].id)->result, Json::object());
}

TEST(TakeReadyJobs, LetsLaterJobsPassOneThatWaitsForItsParent) {
  testing::MemoryJobs jobs;
  const JobRecord parent = job_of(JobState::running);
  const JobRecord child = job_of(JobState::pending, parent.id);
  const JobRecord other = job_of(JobState::pending);
  ASSERT_TRUE(jobs.insert(std::vector{parent, child, other}));

  const auto taken = take_ready_jobs(jobs, 1);

  ASSERT_TRUE(taken);
  EXPECT_THAT(ids_of(*taken), ElementsAre(other.id));
}

TEST(TakeReadyJobs, EndsAllDescendantsOfAFailedJobInOneRound) {
  testing::MemoryJobs jobs;
  const JobRecord parent = job_of(JobState::error);
  const JobRecord child = job_of(JobState::pending, parent.id);
  const JobRecord grandchild = job_of(JobState::pending, child.id);
  ASSERT_TRUE(jobs.insert(std::vector{parent, child, grandchild}));

  const auto taken = take_ready_jobs(jobs, 1);

  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->empty());
  EXPECT_EQ(jobs.find(child.id)->state, JobState::error);
  EXPECT_EQ(jobs.find(grandchild.id)->state, JobState::error);
}

}  // namespace
}  // namespace athanor::jobs
