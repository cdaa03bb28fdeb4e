#include "athanor/jobs/job_transitions.hpp"

#include <string>

#include <fmt/format.h>

#include "athanor/core/kill_point.hpp"
#include "athanor/jobs/queue.hpp"
#include "athanor/jobs/result_builder.hpp"

namespace athanor::jobs {
namespace {

using store::JobState;

constexpr const char* resumed_message = "Resumed by the user; waiting for its turn.";

std::string why_resumed_waits(store::JobRepository& jobs, const store::JobRecord& job) {
  if (!job.parent_id) {
    return resumed_message;
  }
  const auto parent = jobs.find(*job.parent_id);
  return first_reason(parent ? &*parent : nullptr, resumed_message);
}

}  // namespace

Status cancel_in_store(store::JobRepository& jobs, Uuid id) {
  ATHANOR_TRY(const auto job, jobs.find(id));
  const Json result = failed_result(job.result, cancelled_message);
  for (const JobState state : {JobState::pending, JobState::running}) {
    ATHANOR_TRY(const bool changed, jobs.transition(id, state, JobState::error, result));
    if (changed) {
      pass(KillPoint::job_cancelled);
      return {};
    }
  }
  return fail(ErrorCode::not_found, "Job not found");
}

Status resume_in_store(store::JobRepository& jobs, Uuid id) {
  ATHANOR_TRY(const auto job, jobs.find(id));
  const Json result = waiting_result(job.result, why_resumed_waits(jobs, job));
  ATHANOR_TRY(const bool changed, jobs.resume(id, result));
  if (!changed) {
    return fail(ErrorCode::conflict,
                fmt::format("the job is {}; only a job in {} can be resumed",
                            store::name_of(job.state),
                            store::name_of(JobState::error)));
  }
  pass(KillPoint::job_resumed);
  return {};
}

}  // namespace athanor::jobs
