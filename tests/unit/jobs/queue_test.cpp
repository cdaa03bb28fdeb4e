#include "athanor/jobs/queue.hpp"

#include "support/memory_store.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/jobs/result_builder.hpp"

namespace athanor::jobs {
namespace {

using store::JobRecord;
using store::JobState;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

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
  EXPECT_EQ(decide(job_of(JobState::pending), nullptr, {}).verdict, Verdict::start);
}

TEST(Decide, WaitsForASlotAndNamesThePlaceInTheQueue) {
  const Decision decision =
      decide(job_of(JobState::pending), nullptr, {.total = 2, .used = 2, .waiting = 4});

  EXPECT_EQ(decision.verdict, Verdict::wait);
  EXPECT_EQ(decision.reason, "Waiting for a free slot: 2 of 2 in use, place 5 in the queue.");
}

TEST(Decide, WaitsForTheWorkerOfTheAttemptBefore) {
  JobRecord job = job_of(JobState::pending);
  job.has_worker = true;

  const Decision decision = decide(job, nullptr, {});

  EXPECT_EQ(decision.verdict, Verdict::wait);
  EXPECT_THAT(decision.reason, HasSubstr("which is stopping"));
}

TEST(Decide, NamesTheParentAndItsState) {
  const JobRecord parent = job_of(JobState::running);

  const Decision decision = decide(job_of(JobState::pending, parent.id), &parent, {});

  EXPECT_EQ(decision.reason,
            "Waiting for the parent job " + parent.id.to_string() + " (train), which is Running.");
}

// 12, results
TEST(FirstResult, SaysThatAChildWaits) {
  const JobRecord parent = job_of(JobState::pending);

  EXPECT_THAT(to_text(first_result(&parent)),
              HasSubstr("Waiting for the parent job " + parent.id.to_string()));
}

TEST(FirstResult, IsEmptyWhereThereIsNothingToWaitFor) {
  const JobRecord parent = job_of(JobState::done);

  EXPECT_EQ(first_result(&parent), Json::object());
  EXPECT_EQ(first_result(nullptr), Json::object());
}

// 6.3
TEST(Decide, GivesTheReasonOfAFailedParent) {
  JobRecord parent = job_of(JobState::error);
  parent.result = failed_result(Json::object(), "train.csv: no such class\nLast lines: ...");

  const Decision decision = decide(job_of(JobState::pending, parent.id), &parent, {});

  EXPECT_EQ(decision.verdict, Verdict::fail);
  EXPECT_THAT(decision.reason, HasSubstr(parent.id.to_string()));
  EXPECT_THAT(decision.reason, EndsWith("The parent says: train.csv: no such class"));
}

TEST(Decide, FollowsTheStateOfTheParent) {
  const auto verdict = [](JobState state) {
    const JobRecord parent = job_of(state);
    return decide(job_of(JobState::pending, parent.id), &parent, {}).verdict;
  };

  EXPECT_EQ(verdict(JobState::pending), Verdict::wait);
  EXPECT_EQ(verdict(JobState::running), Verdict::wait);
  EXPECT_EQ(verdict(JobState::done), Verdict::start);
  EXPECT_EQ(verdict(JobState::error), Verdict::fail);
}

TEST(Decide, FailsAChildOfAMissingParentEvenWithoutASlot) {
  const Decision decision =
      decide(job_of(JobState::pending, Uuid::random()), nullptr, {.total = 1, .used = 1});

  EXPECT_EQ(decision.verdict, Verdict::fail);
  EXPECT_THAT(decision.reason, EndsWith("was deleted."));
}

TEST(TakeReadyJobs, TakesTheOldestFirst) {
  testing::MemoryJobs jobs;
  const std::vector<JobRecord> posted = {
      job_of(JobState::pending), job_of(JobState::pending), job_of(JobState::pending)};
  ASSERT_TRUE(jobs.insert(posted));

  const auto taken = take_ready_jobs(jobs, {.total = 2});

  ASSERT_TRUE(taken);
  EXPECT_THAT(ids_of(*taken), ElementsAre(posted[0].id, posted[1].id));
  EXPECT_EQ(jobs.find(posted[1].id)->state, JobState::running);
  EXPECT_EQ(jobs.find(posted[2].id)->state, JobState::pending);
}

TEST(TakeReadyJobs, ForgetsWhatAJobWaitedForWhenItStarts) {
  testing::MemoryJobs jobs;
  const std::vector<JobRecord> posted = {job_of(JobState::pending)};
  ASSERT_TRUE(jobs.insert(posted));
  ASSERT_TRUE(take_ready_jobs(jobs, {.total = 1, .used = 1}));
  ASSERT_FALSE(jobs.find(posted[0].id)->result.empty());

  ASSERT_TRUE(take_ready_jobs(jobs, {}));

  EXPECT_EQ(jobs.find(posted[0].id)->result, Json::object());
}

TEST(TakeReadyJobs, CountsThePlacesInTheQueueWithoutThoseThatWaitForParents) {
  testing::MemoryJobs jobs;
  const JobRecord first = job_of(JobState::pending);
  const JobRecord child = job_of(JobState::pending, first.id);
  const JobRecord second = job_of(JobState::pending);
  ASSERT_TRUE(jobs.insert(std::vector{first, child, second}));

  ASSERT_TRUE(take_ready_jobs(jobs, {.total = 1, .used = 1}));

  const auto message = [&](const JobRecord& job) {
    return find_path(jobs.find(job.id)->result, "detailed_status.message")->get<std::string>();
  };
  EXPECT_THAT(message(first), HasSubstr("place 1 in the queue"));
  EXPECT_THAT(message(child), HasSubstr("Waiting for the parent job"));
  EXPECT_THAT(message(second), HasSubstr("place 2 in the queue"));
}

TEST(TakeReadyJobs, KeepsTheMetricsOfEarlierAttempts) {
  testing::MemoryJobs jobs;
  JobRecord job = job_of(JobState::pending);
  job.attempt = 2;
  job.result = failed_result(Json::object(), "stopped");
  job.result["epoch"] = 7;
  ASSERT_TRUE(jobs.insert(std::vector{job}));

  ASSERT_TRUE(take_ready_jobs(jobs, {}));

  EXPECT_EQ(jobs.find(job.id)->result["epoch"], 7);
}

TEST(TakeReadyJobs, LetsLaterJobsPassOneThatWaitsForItsParent) {
  testing::MemoryJobs jobs;
  const JobRecord parent = job_of(JobState::running);
  const JobRecord child = job_of(JobState::pending, parent.id);
  const JobRecord other = job_of(JobState::pending);
  ASSERT_TRUE(jobs.insert(std::vector{parent, child, other}));

  const auto taken = take_ready_jobs(jobs, {});

  ASSERT_TRUE(taken);
  EXPECT_THAT(ids_of(*taken), ElementsAre(other.id));
}

TEST(TakeReadyJobs, EndsAllDescendantsOfAFailedJobInOneRound) {
  testing::MemoryJobs jobs;
  const JobRecord parent = job_of(JobState::error);
  const JobRecord child = job_of(JobState::pending, parent.id);
  const JobRecord grandchild = job_of(JobState::pending, child.id);
  ASSERT_TRUE(jobs.insert(std::vector{parent, child, grandchild}));

  const auto taken = take_ready_jobs(jobs, {});

  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->empty());
  EXPECT_EQ(jobs.find(child.id)->state, JobState::error);
  EXPECT_EQ(jobs.find(grandchild.id)->state, JobState::error);
}

}  // namespace
}  // namespace athanor::jobs
