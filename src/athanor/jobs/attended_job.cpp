#include "athanor/jobs/attended_job.hpp"

#include "athanor/contract/job_request.hpp"
#include "athanor/core/log.hpp"
#include "athanor/core/temporary_files.hpp"
#include "athanor/jobs/job_log.hpp"
#include "athanor/jobs/queue.hpp"

namespace athanor::jobs {
namespace {

using contract::WorkerStatus;
using store::JobState;

bool succeeded(const AttendedJob& job) {
  const bool failed_exit = job.exit.signal || job.exit.code.value_or(0) != 0;
  return job.builder.last_status() == WorkerStatus::success && !failed_exit;
}

/// Half-written files are nobody's once the worker is gone.
void clear_up(const std::filesystem::path& directory) {
  if (const Status cleared = remove_temporary_files(directory); !cleared) {
    log::warning("jobs", cleared.error().message, {{"job_id", directory.filename().string()}});
  }
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
  clear_up(job.directory);
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

Conclusion conclude_failed(const std::filesystem::path& directory,
                           Json former,
                           const std::string& reason) {
  clear_up(directory);
  end_log(directory, reason);
  return {JobState::error, failed_result(std::move(former), reason)};
}

Conclusion conclude_unbegun(const std::filesystem::path& directory, Json former) {
  // It may be cancelled before it gets a slot; then no worker's end would do this.
  clear_up(directory);
  return {JobState::pending, waiting_result(std::move(former), std::string(turn_message))};
}

}  // namespace athanor::jobs
