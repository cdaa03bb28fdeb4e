#include "athanor/jobs/queue.hpp"

#include <fmt/format.h>

#include "athanor/core/json.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/result_builder.hpp"

namespace athanor::jobs {
namespace {

using store::JobRecord;
using store::JobState;

Result<std::optional<JobRecord>> find_parent(store::JobRepository& jobs, const JobRecord& job) {
  if (!job.parent_id) {
    return std::optional<JobRecord>();
  }
  auto parent = jobs.find(*job.parent_id);
  if (parent) {
    return std::optional(std::move(*parent));
  }
  if (parent.error().code == ErrorCode::not_found) {
    return std::optional<JobRecord>();
  }
  return fail(std::move(parent).error());
}

bool is_noted(const JobRecord& job, const std::string& reason) {
  const Json* noted = find_path(job.result, "detailed_status.message");
  return noted != nullptr && *noted == reason;
}

/// Carries the decision out; whether the job was moved to Running.
Result<bool> apply(store::JobRepository& jobs, JobRecord& job, const Decision& decision) {
  switch (decision.verdict) {
    case Verdict::start:
      job.state = JobState::running;
      // What it waited for is over; its result is empty until the first status line.
      return jobs.transition(job.id, JobState::pending, JobState::running, Json::object());
    case Verdict::fail: {
      ATHANOR_CHECK_OK(jobs.transition(job.id,
                                       JobState::pending,
                                       JobState::error,
                                       failed_result(Json::object(), decision.reason)));
      return false;
    }
    case Verdict::wait:
      if (!is_noted(job, decision.reason)) {
        ATHANOR_CHECK_OK(jobs.transition(
            job.id, JobState::pending, JobState::pending, waiting_result(decision.reason)));
      }
      return false;
  }
  return false;
}

Result<bool> consider(store::JobRepository& jobs, JobRecord& job, int free_slots) {
  // Read anew for each job: the round may have ended the parent a moment ago.
  ATHANOR_TRY(const auto parent, find_parent(jobs, job));
  return apply(jobs, job, decide(job, parent ? &*parent : nullptr, free_slots));
}

}  // namespace

Decision decide(const JobRecord& job, const JobRecord* parent, int free_slots) {
  if (job.parent_id && parent == nullptr) {
    return {Verdict::fail,
            fmt::format("The parent job {} no longer exists.", job.parent_id->to_string())};
  }
  if (parent != nullptr && parent->state == JobState::error) {
    return {Verdict::fail,
            fmt::format("The parent job {} ({}) failed; see its message, then run both again.",
                        parent->id.to_string(),
                        parent->action)};
  }
  if (parent != nullptr && parent->state != JobState::done) {
    return {Verdict::wait,
            fmt::format("Waiting for the parent job {} ({}), which is {}.",
                        parent->id.to_string(),
                        parent->action,
                        store::name_of(parent->state))};
  }
  if (free_slots <= 0) {
    return {Verdict::wait, "Waiting for a free slot: as many jobs run as the server allows."};
  }
  return {Verdict::start, ""};
}

Result<std::vector<JobRecord>> take_ready_jobs(store::JobRepository& jobs, int free_slots) {
  std::vector<JobRecord> taken;
  ATHANOR_TRY(auto pending, jobs.in_state(JobState::pending));
  for (JobRecord& job : pending) {
    auto started = consider(jobs, job, free_slots - static_cast<int>(taken.size()));
    if (!started && taken.empty()) {
      return fail(std::move(started).error());
    }
    if (!started) {
      // The jobs taken so far are Running and must begin; the rest has its turn when they end.
      log::error("jobs", "cannot go on through the queue", {{"error", started.error().message}});
      break;
    }
    if (*started) {
      taken.push_back(std::move(job));
    }
  }
  return taken;
}

}  // namespace athanor::jobs
