#include "athanor/jobs/supervisor.hpp"

#include <exception>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include "athanor/async/event.hpp"
#include "athanor/async/task.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/attended_job.hpp"
#include "athanor/jobs/queue.hpp"

namespace athanor::jobs {
namespace {

using store::JobRecord;
using store::JobState;
using JobPointer = std::shared_ptr<AttendedJob>;

/// Between two tries to write to a store that fails.
constexpr std::chrono::milliseconds store_retry_pause = std::chrono::seconds(1);

constexpr const char* cancelled_message = "Cancelled by the user.";

/// Pending or Running → Error, whichever it is by then.
Status cancel_in_store(store::JobRepository& jobs, Uuid id) {
  ATHANOR_TRY(const auto job, jobs.find(id));
  const Json result = failed_result(job.result, cancelled_message);
  for (const JobState state : {JobState::pending, JobState::running}) {
    ATHANOR_TRY(const bool changed, jobs.transition(id, state, JobState::error, result));
    if (changed) {
      return {};
    }
  }
  return fail(ErrorCode::not_found, "Job not found");
}

void log_job(log::Level level, const char* message, Uuid id, const Json& fields) {
  Json all = {{"job_id", id.to_string()}};
  all.update(fields);
  log::write(level, "jobs", message, all);
}

}  // namespace

/// All members live on the strand; what blocks runs in the pool, on values and on the AttendedJob
/// that its coroutine leaves alone meanwhile.
struct Supervisor::Implementation : std::enable_shared_from_this<Supervisor::Implementation> {
  Implementation(SupervisorOptions given,
                 const IoExecutor& io,
                 BlockingPool& blocking,
                 store::Store& records,
                 std::unique_ptr<Executor> workers)
      : options(std::move(given)),
        strand(make_strand(io)),
        pool(blocking),
        store(records),
        executor(std::move(workers)),
        stopping(strand),
        idle(strand) {
    options.data_folder = std::filesystem::absolute(options.data_folder);
  }

  /// Starts a task on the strand that keeps this object alive; stop() waits for it.
  void begin(Awaitable<void> task) {
    ++tasks;
    spawn(strand,
          "jobs",
          [](std::shared_ptr<Implementation> self, Awaitable<void> inner) -> Awaitable<void> {
            std::exception_ptr failure;
            try {
              co_await std::move(inner);
            } catch (...) {
              failure = std::current_exception();
            }
            if (--self->tasks == 0 && self->stopping.is_set()) {
              self->idle.set();
            }
            if (failure) {
              std::rethrow_exception(failure);
            }
          }(shared_from_this(), std::move(task)));
  }

  Awaitable<void> recover();
  Awaitable<void> schedule();
  JobPointer take_slot(Uuid id);
  void release_slot(Uuid id);

  Awaitable<void> run(JobPointer job, JobRecord record);
  Awaitable<void> run_on_after_restart(JobPointer job);
  Awaitable<void> attend(JobPointer job, std::unique_ptr<RunningWorker> worker);
  Awaitable<void> follow(JobPointer job);
  Awaitable<void> wait_for_end(JobPointer job);
  Awaitable<void> end(JobPointer job);
  Awaitable<void> change_state(Uuid id, JobState to, Json result);

  Awaitable<Status> cancel(Uuid id);
  Awaitable<void> stop();

  SupervisorOptions options;
  IoExecutor strand;
  BlockingPool& pool;
  store::Store& store;
  std::unique_ptr<Executor> executor;

  std::unordered_map<Uuid, JobPointer> attended;
  bool scheduling = true;  ///< From the start: recovery comes before the queue.
  bool schedule_again = false;
  int tasks = 0;
  Event stopping;
  Event idle;
};

Awaitable<void> Supervisor::Implementation::recover() {
  auto running = co_await pool.run([&] { return store.jobs().in_state(JobState::running); });
  while (!running) {
    log::error("jobs", "cannot read the running jobs", {{"error", running.error().message}});
    const bool stopped = co_await stopping.wait_for(store_retry_pause);
    if (stopped) {
      co_return;
    }
    running = co_await pool.run([&] { return store.jobs().in_state(JobState::running); });
  }
  if (stopping.is_set()) {
    co_return;
  }
  for (const JobRecord& record : *running) {
    begin(run_on_after_restart(take_slot(record.id)));
  }
  scheduling = false;
  co_await schedule();
}

Awaitable<void> Supervisor::Implementation::schedule() {
  schedule_again = true;
  if (scheduling) {
    co_return;
  }
  scheduling = true;
  while (std::exchange(schedule_again, false) && !stopping.is_set()) {
    const int free_slots = options.slots - static_cast<int>(attended.size());
    auto taken = co_await pool.run([&] { return take_ready_jobs(store.jobs(), free_slots); });
    if (!taken) {
      log::error("jobs", "cannot read the queue", {{"error", taken.error().message}});
      const bool stopped = co_await stopping.wait_for(store_retry_pause);
      schedule_again = !stopped;
    } else if (!stopping.is_set()) {
      for (JobRecord& record : *taken) {
        auto job = take_slot(record.id);
        begin(run(std::move(job), std::move(record)));
      }
    }
  }
  scheduling = false;
}

JobPointer Supervisor::Implementation::take_slot(Uuid id) {
  auto job = std::make_shared<AttendedJob>();
  job->id = id;
  job->directory = job_directory(options.data_folder, id);
  attended.emplace(id, job);
  return job;
}

void Supervisor::Implementation::release_slot(Uuid id) {
  attended.erase(id);
  begin(schedule());
}

Awaitable<void> Supervisor::Implementation::run(JobPointer job, JobRecord record) {
  auto worker = co_await pool.run([&]() -> Result<std::unique_ptr<RunningWorker>> {
    ATHANOR_TRY(const auto request,
                resolve_request(store, options.data_folder, record, options.threads_per_job));
    ATHANOR_CHECK_OK(prepare_directory(job->directory, request));
    return executor->start(job->directory);
  });
  if (worker) {
    log_job(log::Level::info, "job started", job->id, {{"action", record.action}});
    co_await attend(job, std::move(*worker));
    co_return;
  }
  const Conclusion conclusion =
      co_await pool.run([&] { return conclude_failed(job->directory, worker.error().message); });
  co_await change_state(job->id, conclusion.state, conclusion.result);
  release_slot(job->id);
}

Awaitable<void> Supervisor::Implementation::run_on_after_restart(JobPointer job) {
  auto worker = co_await pool.run([&] { return executor->adopt(job->directory); });
  if (worker) {
    log_job(log::Level::info, "job adopted", job->id, Json::object());
    co_await attend(job, std::move(*worker));
    co_return;
  }
  // The log is there from the moment that a worker may have begun; without it, none has.
  const bool begun = co_await pool.run([&] {
    std::error_code ignored;
    return std::filesystem::exists(job->directory / contract::log_file, ignored);
  });
  if (begun) {
    job->unattended = true;
    job->follower = std::make_unique<StatusFollower>(job->directory, strand);
    co_await end(job);
  } else {
    co_await change_state(job->id, JobState::pending, waiting_result("Waiting for its turn."));
    release_slot(job->id);
  }
}

Awaitable<void> Supervisor::Implementation::attend(JobPointer job,
                                                   std::unique_ptr<RunningWorker> worker) {
  job->worker = std::move(worker);
  job->follower = std::make_unique<StatusFollower>(job->directory, strand);
  // A cancel() from before the job had its slot could not find it here; the store knows.
  const auto record = co_await pool.run([&] { return store.jobs().find(job->id); });
  job->cancelled = job->cancelled || (record && record->state != JobState::running);
  if (job->cancelled) {
    job->worker->stop(stopping.is_set() ? std::chrono::milliseconds::zero() : options.stop_grace);
  }
  if (stopping.is_set()) {
    co_return;
  }
  Awaitable<void> following = follow(job);
  Awaitable<void> waiting = wait_for_end(job);
  co_await both(std::move(following), std::move(waiting));
  if (job->ended) {
    co_await end(job);
  }
}

Awaitable<void> Supervisor::Implementation::follow(JobPointer job) {
  for (auto lines = co_await job->follower->next(); !lines.empty();
       lines = co_await job->follower->next()) {
    for (const auto& line : lines) {
      job->builder.add(line);
    }
    const Json result = job->builder.result();
    const auto stored = co_await pool.run([&] { return store.jobs().set_result(job->id, result); });
    if (!stored) {
      log_job(log::Level::warning,
              "cannot store a job's result",
              job->id,
              {{"error", stored.error().message}});
    }
  }
}

Awaitable<void> Supervisor::Implementation::wait_for_end(JobPointer job) {
  const std::optional<WorkerExit> exit = co_await job->worker->wait();
  if (exit) {
    job->exit = *exit;
    job->ended = true;
  }
  job->follower->close();
}

Awaitable<void> Supervisor::Implementation::end(JobPointer job) {
  const bool cancelled = job->cancelled;
  const Conclusion conclusion = co_await pool.run([&] {
    return cancelled ? conclude_failed(job->directory, cancelled_message) : conclude(*job);
  });
  co_await change_state(job->id, conclusion.state, conclusion.result);
  release_slot(job->id);
}

Awaitable<void> Supervisor::Implementation::change_state(Uuid id, JobState to, Json result) {
  bool stopped = false;
  while (!stopped) {
    const auto changed = co_await pool.run(
        [&] { return store.jobs().transition(id, JobState::running, to, result); });
    if (changed) {
      // Not changed means cancelled meanwhile: that verdict stays.
      if (*changed) {
        log_job(log::Level::info, "job's state changed", id, {{"status", store::name_of(to)}});
      }
      co_return;
    }
    log_job(
        log::Level::error, "cannot store a job's state", id, {{"error", changed.error().message}});
    stopped = co_await stopping.wait_for(store_retry_pause);
  }
}

Awaitable<Status> Supervisor::Implementation::cancel(Uuid id) {
  ATHANOR_CO_CHECK_OK(co_await pool.run([&] { return cancel_in_store(store.jobs(), id); }));
  log_job(log::Level::info, "job cancelled", id, Json::object());
  if (const auto found = attended.find(id); found != attended.end()) {
    found->second->cancelled = true;
    if (found->second->worker) {
      found->second->worker->stop(options.stop_grace);
    }
  }
  begin(schedule());
  co_return Status();
}

Awaitable<void> Supervisor::Implementation::stop() {
  stopping.set();
  for (const auto& [id, job] : attended) {
    if (job->worker && job->cancelled) {
      job->worker->stop(std::chrono::milliseconds::zero());
    }
    if (job->worker) {
      job->worker->leave();
    }
  }
  if (tasks > 0) {
    co_await idle.wait();
  }
}

Supervisor::Supervisor(SupervisorOptions options,
                       IoExecutor io,
                       BlockingPool& pool,
                       store::Store& store,
                       std::unique_ptr<Executor> executor)
    : implementation_(std::make_shared<Implementation>(
          std::move(options), io, pool, store, std::move(executor))) {}

Supervisor::~Supervisor() = default;

void Supervisor::start() {
  implementation_->begin(implementation_->recover());
}

void Supervisor::wake() {
  spawn(
      implementation_->strand, "jobs", [](std::shared_ptr<Implementation> self) -> Awaitable<void> {
        self->begin(self->schedule());
        co_return;
      }(implementation_));
}

Awaitable<Status> Supervisor::cancel(Uuid job) {
  const auto self = implementation_;
  co_return co_await run_on(self->strand, self->cancel(job));
}

Awaitable<void> Supervisor::stop() {
  const auto self = implementation_;
  co_await run_on(self->strand, self->stop());
}

}  // namespace athanor::jobs
