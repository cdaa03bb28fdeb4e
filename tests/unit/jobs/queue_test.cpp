#include "athanor/jobs/queue.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

std::string message_in_queue(testing::MemoryJobs& jobs, const JobRecord& job) {
  return find_path(jobs.find(job.id)->result, "detailed_status.message")->get<std::string>();
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

TEST(Decide, TellsNoPlaceFarBackInTheQueue) {
  const Decision decision =
      decide(job_of(JobState::pending), nullptr, {.total = 2, .used = 2, .waiting = told_places});

  EXPECT_EQ(decision.verdict, Verdict::wait);
  EXPECT_EQ(decision.reason, turn_message);
  EXPECT_TRUE(decision.wants_slot);
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

// 6.3
TEST(FirstResult, SaysThatAnyOtherJobWaitsForItsTurn) {
  const JobRecord parent = job_of(JobState::done);

  EXPECT_THAT(to_text(first_result(&parent)), HasSubstr("Waiting for its turn."));
  EXPECT_THAT(to_text(first_result(nullptr)), HasSubstr("Waiting for its turn."));
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
  JobRecord child = job_of(JobState::pending, first.id);
  child.result = first_result(&first);
  const JobRecord second = job_of(JobState::pending);
  ASSERT_TRUE(jobs.insert(std::vector{first, child, second}));

  ASSERT_TRUE(take_ready_jobs(jobs, {.total = 1, .used = 1}));

  EXPECT_THAT(message_in_queue(jobs, first), HasSubstr("place 1 in the queue"));
  EXPECT_THAT(message_in_queue(jobs, child), HasSubstr("Waiting for the parent job"));
  EXPECT_THAT(message_in_queue(jobs, second), HasSubstr("place 2 in the queue"));
}

TEST(TakeReadyJobs, TellsTheChildrenOfAJobThatStarts) {
  testing::MemoryJobs jobs;
  const JobRecord parent = job_of(JobState::pending);
  JobRecord child = job_of(JobState::pending, parent.id);
  child.result = first_result(&parent);
  ASSERT_TRUE(jobs.insert(std::vector{parent, child}));
  ASSERT_THAT(message_in_queue(jobs, child), EndsWith("which is Pending."));

  ASSERT_TRUE(take_ready_jobs(jobs, {}));

  EXPECT_THAT(message_in_queue(jobs, child), EndsWith("which is Running."));
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

/// Jobs that were posted one after the other and wait for their turn.
std::vector<JobRecord> long_queue(int length) {
  std::vector<JobRecord> jobs(static_cast<std::size_t>(length));
  for (JobRecord& job : jobs) {
    job = job_of(JobState::pending);
    job.result = first_result(nullptr);
  }
  return jobs;
}

constexpr Slots no_free_slot = {.total = 1, .used = 1};

TEST(TakeReadyJobs, TellsNoPlaceToWhoWasOvertaken) {
  testing::MemoryJobs jobs;
  const JobRecord paused = job_of(JobState::error);
  const auto waiting = long_queue(told_places);
  ASSERT_TRUE(jobs.insert(std::vector{paused}));
  ASSERT_TRUE(jobs.insert(waiting));
  ASSERT_TRUE(take_ready_jobs(jobs, no_free_slot));
  ASSERT_THAT(message_in_queue(jobs, waiting.back()), HasSubstr("place 50 in the queue"));

  ASSERT_TRUE(jobs.resume(paused.id, first_result(nullptr)));
  ASSERT_TRUE(take_ready_jobs(jobs, no_free_slot));

  EXPECT_THAT(message_in_queue(jobs, paused), HasSubstr("place 1 in the queue"));
  EXPECT_EQ(message_in_queue(jobs, waiting.back()), turn_message);
}

TEST(TakeReadyJobs, TellsAChildFarBackThatItsParentIsDone) {
  testing::MemoryJobs jobs;
  JobRecord parent = job_of(JobState::running);
  JobRecord child = job_of(JobState::pending, parent.id);
  child.result = first_result(&parent);
  child.last_modified = "2026-11-23T09:05:01.000001";
  parent.state = JobState::done;
  parent.last_modified = "2026-11-23T09:05:02.000001";
  ASSERT_TRUE(jobs.insert(std::vector{parent}));
  ASSERT_TRUE(jobs.insert(long_queue(3 * told_places)));
  ASSERT_TRUE(jobs.insert(std::vector{child}));

  ASSERT_TRUE(take_ready_jobs(jobs, no_free_slot));

  EXPECT_EQ(message_in_queue(jobs, child), turn_message);
}

/// Counts the records that are read and written.
class CountingJobs : public testing::MemoryJobs {
 public:
  Result<JobRecord> find(Uuid id) override {
    ++read;
    return MemoryJobs::find(id);
  }

  Result<std::vector<JobRecord>> in_state(JobState state) override {
    return counted(MemoryJobs::in_state(state));
  }

  Result<std::vector<JobRecord>> queued(std::uint64_t limit) override {
    return counted(MemoryJobs::queued(limit));
  }

  Result<std::vector<JobRecord>> released() override { return counted(MemoryJobs::released()); }

  Result<std::vector<JobRecord>> pending_children(std::span<const Uuid> parents) override {
    return counted(MemoryJobs::pending_children(parents));
  }

  Result<bool> transition(Uuid id,
                          JobState from,
                          JobState to,
                          const std::optional<Json>& result) override {
    ++written;
    return MemoryJobs::transition(id, from, to, result);
  }

  Result<std::optional<JobRecord>> claim(Uuid id, const Json& result) override {
    ++written;
    return MemoryJobs::claim(id, result);
  }

  Status note_waiting(std::span<const JobRecord> jobs) override {
    written += jobs.size();
    return MemoryJobs::note_waiting(jobs);
  }

  std::size_t read = 0;
  std::size_t written = 0;

 private:
  Result<std::vector<JobRecord>> counted(Result<std::vector<JobRecord>> records) {
    read += records->size();
    return records;
  }
};

/// What one round read and wrote.
class CostOfARound : public ::testing::Test {
 protected:
  void take(const Slots& slots) {
    jobs.read = jobs.written = 0;
    const auto ready = take_ready_jobs(jobs, slots);
    ASSERT_TRUE(ready);
    taken = ids_of(*ready);
  }

  static constexpr int length = 3000;
  static constexpr std::size_t places = told_places;
  CountingJobs jobs;
  std::vector<Uuid> taken;
};

TEST_F(CostOfARound, IsThatOfThePlacesThatAreTold) {
  ASSERT_TRUE(jobs.insert(long_queue(length)));

  take(no_free_slot);

  EXPECT_LE(jobs.read, 2 * places);
  EXPECT_EQ(jobs.written, places);
}

TEST_F(CostOfARound, WritesNothingWhenAJobCameBehindTheOthers) {
  ASSERT_TRUE(jobs.insert(long_queue(length)));
  take(no_free_slot);

  ASSERT_TRUE(jobs.insert(long_queue(1)));
  take(no_free_slot);

  EXPECT_LE(jobs.read, 2 * places);
  EXPECT_EQ(jobs.written, 0U);
}

TEST_F(CostOfARound, IsThatOfTheJobsThatStartAndMoveUp) {
  const auto waiting = long_queue(length);
  ASSERT_TRUE(jobs.insert(waiting));
  take(no_free_slot);

  take({.total = 3, .used = 1});

  EXPECT_THAT(taken, ElementsAre(waiting[0].id, waiting[1].id));
  EXPECT_LE(jobs.read, 2 * places + 2);
  EXPECT_EQ(jobs.written, places + 2);
  EXPECT_THAT(message_in_queue(jobs, waiting[2]), HasSubstr("3 of 3 in use, place 1 in the queue"));
}

TEST_F(CostOfARound, IsNothingForJobsThatWaitForTheirParent) {
  const JobRecord parent = job_of(JobState::running);
  auto children = long_queue(length);
  for (JobRecord& child : children) {
    child.parent_id = parent.id;
    child.result = first_result(&parent);
  }
  ASSERT_TRUE(jobs.insert(std::vector{parent}));
  ASSERT_TRUE(jobs.insert(children));

  take({.total = 2, .used = 1});

  EXPECT_EQ(jobs.read, 0U);
  EXPECT_EQ(jobs.written, 0U);
}

}  // namespace
}  // namespace athanor::jobs
