#include "athanor/jobs/job_transitions.hpp"

#include <optional>
#include <string>
#include <vector>

#include "support/memory_store.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/json.hpp"

namespace athanor::jobs {
namespace {

using store::JobRecord;
using store::JobState;
using ::testing::HasSubstr;

/// A training under another one, in Error, once it was resumed.
JobRecord resumed_under(std::optional<JobState> parent_state) {
  testing::MemoryJobs jobs;
  JobRecord parent;
  parent.id = Uuid::random();
  parent.action = "train";
  parent.state = parent_state.value_or(JobState::done);
  JobRecord job;
  job.id = Uuid::random();
  job.action = "retrain";
  job.state = JobState::error;
  if (parent_state) {
    job.parent_id = parent.id;
  }
  EXPECT_TRUE(jobs.insert(std::vector{parent, job}));
  EXPECT_TRUE(resume_in_store(jobs, job.id));
  return *jobs.find(job.id);
}

// 6.3
TEST(ResumeInStore, SaysThatTheJobWaitsForItsParent) {
  const auto job = resumed_under(JobState::running);

  EXPECT_EQ(job.state, JobState::pending);
  EXPECT_THAT(to_text(job.result),
              HasSubstr("Waiting for the parent job " + job.parent_id->to_string() +
                        " (train), which is Running."));
}

TEST(ResumeInStore, SaysThatAnyOtherJobWaitsForItsTurn) {
  for (const std::optional<JobState> parent :
       {std::optional<JobState>(), std::optional(JobState::done)}) {
    EXPECT_THAT(to_text(resumed_under(parent).result),
                HasSubstr("Resumed by the user; waiting for its turn."));
  }
}

}  // namespace
}  // namespace athanor::jobs
