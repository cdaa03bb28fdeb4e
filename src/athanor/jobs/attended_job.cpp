#include "athanor/jobs/attended_job.hpp"

#include "athanor/contract/job_request.hpp"
#include "athanor/jobs/job_log.hpp"

namespace athanor::jobs {
namespace {

using contract::WorkerStatus;
using store::JobState;

bool succeeded(const AttendedJob& job) {
  const bool failed_exit = job.exit.signal || job.exit.code.value_or(0) != 0;
  return job.builder.last_status() == WorkerStatus::success && !failed_exit;
}

WorkerDeath death_of(const AttendedJob& job) {
  const bool said_why = job.builder.last_status() == WorkerStatus::failure;
  return {.exit = job.exit,
          .failure = said_why ? job.builder.last_message() : std::string(),
          .unattended = job.unattended,
          .memory_ran_out = out_of_memory_kills() > job.memory_kills_before};
}

}  // namespace

Conclusion conclude(AttendedJob& job) {
  for (const auto& line : job.follower->rest()) {
    job.builder.add(line);
  }
  if (succeeded(job)) {
    end_log(job.directory, "");
    return {JobState::done, job.builder.result()};
  }
  const WorkerDeath death = death_of(job);
  const std::string report = failure_report(death, tail_of_log(job.directory));
  end_log(job.directory, describe_death(death));
  return {JobState::error, failed_result(job.builder.result(), report)};
}

Conclusion conclude_failed(const std::filesystem::path& directory, const std::string& reason) {
  end_log(directory, reason);
  return {JobState::error, failed_result(Json::object(), reason)};
}

}  // namespace athanor::jobs
