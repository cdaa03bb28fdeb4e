#include "athanor/jobs/attendance.hpp"

#include <optional>
#include <utility>

#include "athanor/async/task.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/jobs/job_transitions.hpp"
#include "athanor/jobs/server_log.hpp"

namespace athanor::jobs {
namespace {

using store::JobState;

}  // namespace

Awaitable<bool> Attendance::attend(std::shared_ptr<AttendedJob> job,
                                   std::unique_ptr<RunningWorker> worker) {
  job->worker = std::move(worker);
  job->follower = std::make_unique<StatusFollower>(job->directory, strand_);
  // A cancel() from before the job had its slot could not find it here; the store knows.
  const auto record = co_await pool_.run([&] { return store_.jobs().find(job->id); });
  job->cancelled =
      job->cancelled ||
      (record && (record->state != JobState::running || record->attempt != job->attempt));
  if (job->cancelled) {
    stop_worker(*job);
  }
  if (stopping_.is_set()) {
    co_return false;
  }
  Awaitable<void> following = follow(job);
  Awaitable<void> waiting = wait_for_end(job);
  co_await both(std::move(following), std::move(waiting));
  if (job->ended) {
    co_await conclude_and_settle(job);
  }
  co_return job->ended;
}

Awaitable<void> Attendance::follow(std::shared_ptr<AttendedJob> job) {
  for (auto lines = co_await job->follower->next(); !lines.empty();
       lines = co_await job->follower->next()) {
    for (const auto& line : lines) {
      job->builder.add(line);
    }
    const Json result = job->builder.result();
    const auto stored = co_await pool_.run([&] {
      auto done = store_.jobs().set_result(job->id, result);
      pass(KillPoint::job_result_stored);
      return done;
    });
    if (!stored) {
      log_job(log::Level::warning,
              "cannot store a job's result",
              job->id,
              {{"error", stored.error().message}});
    }
  }
}

Awaitable<void> Attendance::wait_for_end(std::shared_ptr<AttendedJob> job) {
  const std::optional<WorkerExit> exit = co_await job->worker->wait();
  if (exit) {
    job->exit = *exit;
    job->ended = true;
  }
  job->follower->close();
}

Awaitable<void> Attendance::conclude_and_settle(std::shared_ptr<AttendedJob> job) {
  const bool cancelled = job->cancelled;
  const Conclusion conclusion = co_await pool_.run([&] {
    auto concluded = cancelled ? conclude_failed(job->directory, Json::object(), cancelled_message)
                               : conclude(*job);
    pass(KillPoint::job_log_ended);
    return concluded;
  });
  co_await settle(job->id, conclusion.state, conclusion.result);
}

Awaitable<void> Attendance::settle(Uuid id, JobState to, Json result) {
  bool stopped = false;
  while (!stopped) {
    const auto changed = co_await pool_.run([&] {
      auto settled = store_.jobs().settle(id, to, result);
      pass(KillPoint::job_settled);
      return settled;
    });
    if (changed) {
      // Not changed means cancelled meanwhile: that verdict stays.
      if (*changed) {
        log_job(log::Level::info, "job's state changed", id, {{"status", store::name_of(to)}});
      }
      co_return;
    }
    log_job(
        log::Level::error, "cannot store a job's state", id, {{"error", changed.error().message}});
    stopped = co_await stopping_.wait_for(store_retry_pause);
  }
}

void Attendance::stop_worker(AttendedJob& job) const {
  // A server that stops cannot force a worker later.
  const bool now = job.in_haste || stopping_.is_set();
  if (job.worker) {
    job.worker->stop(now ? std::chrono::milliseconds::zero() : stop_grace_);
  }
}

}  // namespace athanor::jobs
