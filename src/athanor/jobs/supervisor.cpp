#include "athanor/jobs/supervisor.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/async/event.hpp"
#include "athanor/async/task.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
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
constexpr const char* resumed_message = "Resumed by the user; waiting for its turn.";

/// Pending or Running → Error, whichever it is by then.
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

/// Error → Pending.
Status resume_in_store(store::JobRepository& jobs, Uuid id) {
  ATHANOR_TRY(const auto job, jobs.find(id));
  ATHANOR_TRY(const bool changed, jobs.resume(id, waiting_result(job.result, resumed_message)));
  if (!changed) {
    return fail(ErrorCode::conflict,
                fmt::format("the job is {}; only a job in {} can be resumed",
                            store::name_of(job.state),
                            store::name_of(JobState::error)));
  }
  pass(KillPoint::job_resumed);
  return {};
}

/// Whether a worker that reads `input` would miss `folder`.
bool lies_in(const std::filesystem::path& input, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), input.begin(), input.end()).first ==
         folder.end();
}

/// Removes a folder, then the note of it: a crash in between costs another look.
Status remove_folder(store::Store& store,
                     const std::filesystem::path& path,
                     const std::string& note) {
  ATHANOR_CHECK_OK(remove_tree(path));
  pass(KillPoint::folder_removed);
  return store.removed_folders().forget(note);
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

  Awaitable<void> beat();
  Awaitable<void> recover();
  Awaitable<void> schedule();
  Awaitable<void> remove_folders();
  bool is_read(const std::filesystem::path& folder) const;
  JobPointer take_slot(const JobRecord& record);
  void release_slot(const JobPointer& job);

  Awaitable<void> run(JobPointer job, JobRecord record);
  Awaitable<void> run_on_after_restart(JobPointer job, JobRecord record);
  Awaitable<std::optional<Adoption>> adopt(JobPointer job);
  Awaitable<void> attend(JobPointer job, std::unique_ptr<RunningWorker> worker);
  Awaitable<void> follow(JobPointer job);
  Awaitable<void> wait_for_end(JobPointer job);
  Awaitable<void> end(JobPointer job);
  Awaitable<void> settle(Uuid id, JobState to, Json result);

  Awaitable<Status> cancel(Uuid id);
  Awaitable<Status> resume(Uuid id);
  Awaitable<Status> finish_worker(Uuid id);
  void stop_worker(AttendedJob& job) const;
  Awaitable<void> stop();

  SupervisorOptions options;
  IoExecutor strand;
  BlockingPool& pool;
  store::Store& store;
  std::unique_ptr<Executor> executor;

  std::unordered_map<Uuid, JobPointer> attended;
  std::atomic<std::chrono::steady_clock::time_point> last_beat = std::chrono::steady_clock::now();
  bool scheduling = true;  ///< From the start: recovery comes before the queue.
  bool schedule_again = false;
  bool removing = true;  ///< From the start: who reads what is known after recovery.
  bool remove_again = false;
  int tasks = 0;
  Event stopping;
  Event idle;
};

Awaitable<void> Supervisor::Implementation::beat() {
  bool stopped = false;
  while (!stopped) {
    last_beat = std::chrono::steady_clock::now();
    stopped = co_await stopping.wait_for(limits::scheduler_beat);
  }
}

Awaitable<void> Supervisor::Implementation::recover() {
  auto records = co_await pool.run([&] { return store.jobs().with_worker(); });
  while (!records) {
    log::error("jobs", "cannot read the running jobs", {{"error", records.error().message}});
    const bool stopped = co_await stopping.wait_for(store_retry_pause);
    if (stopped) {
      co_return;
    }
    records = co_await pool.run([&] { return store.jobs().with_worker(); });
  }
  if (stopping.is_set()) {
    co_return;
  }
  for (JobRecord& record : *records) {
    auto job = take_slot(record);
    begin(run_on_after_restart(std::move(job), std::move(record)));
  }
  scheduling = false;
  removing = false;
  begin(remove_folders());
  co_await schedule();
}

Awaitable<void> Supervisor::Implementation::schedule() {
  schedule_again = true;
  if (scheduling) {
    co_return;
  }
  scheduling = true;
  while (std::exchange(schedule_again, false) && !stopping.is_set()) {
    const Slots slots{.total = options.slots, .used = static_cast<int>(attended.size())};
    auto taken = co_await pool.run([&] { return take_ready_jobs(store.jobs(), slots); });
    if (!taken) {
      log::error("jobs", "cannot read the queue", {{"error", taken.error().message}});
      const bool stopped = co_await stopping.wait_for(store_retry_pause);
      schedule_again = !stopped;
    } else if (!stopping.is_set()) {
      for (JobRecord& record : *taken) {
        auto job = take_slot(record);
        begin(run(std::move(job), std::move(record)));
      }
    }
  }
  scheduling = false;
}

Awaitable<void> Supervisor::Implementation::remove_folders() {
  remove_again = true;
  if (removing) {
    co_return;
  }
  removing = true;
  while (std::exchange(remove_again, false) && !stopping.is_set()) {
    const auto folders = co_await pool.run([&] { return store.removed_folders().list(); });
    if (!folders) {
      log::warning("jobs", "cannot read what to remove", {{"error", folders.error().message}});
      break;
    }
    for (const std::string& folder : *folders) {
      const std::filesystem::path path = options.data_folder / folder;
      if (is_read(path)) {
        continue;  // Its readers come here when they end.
      }
      const auto removed = co_await pool.run([&] { return remove_folder(store, path, folder); });
      if (!removed) {
        log::warning("jobs", removed.error().message, {{"folder", folder}});
      }
    }
  }
  removing = false;
}

bool Supervisor::Implementation::is_read(const std::filesystem::path& folder) const {
  return std::ranges::any_of(attended, [&](const auto& entry) {
    const auto& inputs = entry.second->inputs;
    return !inputs || std::ranges::any_of(*inputs, [&](const std::filesystem::path& input) {
      return lies_in(input, folder);
    });
  });
}

JobPointer Supervisor::Implementation::take_slot(const JobRecord& record) {
  auto job = std::make_shared<AttendedJob>(
      record.id, job_directory(options.data_folder, record.id), strand);
  job->attempt = record.attempt;
  // The attempt before may have its last moment here.
  attended.insert_or_assign(record.id, job);
  return job;
}

void Supervisor::Implementation::release_slot(const JobPointer& job) {
  if (const auto found = attended.find(job->id); found != attended.end() && found->second == job) {
    attended.erase(found);
  }
  job->gone.set();
  begin(schedule());
  begin(remove_folders());
}

Awaitable<void> Supervisor::Implementation::run(JobPointer job, JobRecord record) {
  std::vector<std::filesystem::path> inputs;
  auto worker = co_await pool.run([&]() -> Result<std::unique_ptr<RunningWorker>> {
    ATHANOR_TRY(const auto request,
                resolve_request(store, options.data_folder, record, options.threads_per_job));
    inputs = inputs_of(request);
    ATHANOR_CHECK_OK(prepare_directory(job->directory, request));
    pass(KillPoint::job_prepared);
    return executor->start(job->directory, record.attempt);
  });
  job->inputs = std::move(inputs);
  if (worker) {
    log_job(log::Level::info,
            "job started",
            job->id,
            {{"action", record.action}, {"attempt", record.attempt}});
    co_await attend(job, std::move(*worker));
    co_return;
  }
  const Conclusion conclusion = co_await pool.run(
      [&] { return conclude_failed(job->directory, record.result, worker.error().message); });
  co_await settle(job->id, conclusion.state, conclusion.result);
  release_slot(job);
}

Awaitable<std::optional<Adoption>> Supervisor::Implementation::adopt(JobPointer job) {
  auto adopted = co_await pool.run([&] { return executor->adopt(job->directory); });
  while (!adopted) {
    log_job(log::Level::error,
            "cannot look for a job's worker",
            job->id,
            {{"error", adopted.error().message}});
    const bool stopped = co_await stopping.wait_for(store_retry_pause);
    if (stopped) {
      co_return std::nullopt;
    }
    adopted = co_await pool.run([&] { return executor->adopt(job->directory); });
  }
  co_return std::move(*adopted);
}

Awaitable<void> Supervisor::Implementation::run_on_after_restart(JobPointer job, JobRecord record) {
  auto adoption = co_await adopt(job);
  if (!adoption) {
    co_return;
  }
  const auto request =
      co_await pool.run([&] { return contract::read_job_request(job->directory); });
  job->inputs = request ? inputs_of(*request) : std::vector<std::filesystem::path>();
  job->cancelled = record.state != JobState::running;
  const bool begun = adoption->attempt == record.attempt;
  if (adoption->worker) {
    job->attempt = adoption->attempt.value_or(record.attempt);
    log_job(log::Level::info, "job adopted", job->id, Json::object());
    co_await attend(job, std::move(adoption->worker));
  } else if (begun || job->cancelled) {
    job->unattended = true;
    job->follower = std::make_unique<StatusFollower>(job->directory, strand);
    co_await end(job);
  } else {
    const Conclusion conclusion =
        co_await pool.run([&] { return conclude_unbegun(job->directory, record.result); });
    co_await settle(job->id, conclusion.state, conclusion.result);
    release_slot(job);
  }
}

Awaitable<void> Supervisor::Implementation::attend(JobPointer job,
                                                   std::unique_ptr<RunningWorker> worker) {
  job->worker = std::move(worker);
  job->follower = std::make_unique<StatusFollower>(job->directory, strand);
  // A cancel() from before the job had its slot could not find it here; the store knows.
  const auto record = co_await pool.run([&] { return store.jobs().find(job->id); });
  job->cancelled =
      job->cancelled ||
      (record && (record->state != JobState::running || record->attempt != job->attempt));
  if (job->cancelled) {
    stop_worker(*job);
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
    const auto stored = co_await pool.run([&] {
      auto done = store.jobs().set_result(job->id, result);
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
    auto concluded = cancelled ? conclude_failed(job->directory, Json::object(), cancelled_message)
                               : conclude(*job);
    pass(KillPoint::job_log_ended);
    return concluded;
  });
  co_await settle(job->id, conclusion.state, conclusion.result);
  release_slot(job);
}

Awaitable<void> Supervisor::Implementation::settle(Uuid id, JobState to, Json result) {
  bool stopped = false;
  while (!stopped) {
    const auto changed = co_await pool.run([&] {
      auto settled = store.jobs().settle(id, to, result);
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
    stopped = co_await stopping.wait_for(store_retry_pause);
  }
}

Awaitable<Status> Supervisor::Implementation::cancel(Uuid id) {
  ATHANOR_CO_CHECK_OK(co_await pool.run([&] { return cancel_in_store(store.jobs(), id); }));
  log_job(log::Level::info, "job cancelled", id, Json::object());
  if (const auto found = attended.find(id);
      found != attended.end() && !std::exchange(found->second->cancelled, true)) {
    stop_worker(*found->second);
  }
  begin(schedule());
  co_return Status();
}

Awaitable<Status> Supervisor::Implementation::resume(Uuid id) {
  ATHANOR_CO_CHECK_OK(co_await pool.run([&] { return resume_in_store(store.jobs(), id); }));
  log_job(log::Level::info, "job resumed", id, Json::object());
  begin(schedule());
  co_return Status();
}

Awaitable<Status> Supervisor::Implementation::finish_worker(Uuid id) {
  const auto found = attended.find(id);
  if (found == attended.end() || !found->second->cancelled) {
    co_return Status();
  }
  const JobPointer job = found->second;
  job->in_haste = true;
  stop_worker(*job);
  co_await job->gone.wait();
  if (stopping.is_set()) {
    co_return fail(ErrorCode::unavailable, "the server is stopping; try again later");
  }
  co_return Status();
}

void Supervisor::Implementation::stop_worker(AttendedJob& job) const {
  // A server that stops cannot force a worker later.
  const bool now = job.in_haste || stopping.is_set();
  if (job.worker) {
    job.worker->stop(now ? std::chrono::milliseconds::zero() : options.stop_grace);
  }
}

Awaitable<void> Supervisor::Implementation::stop() {
  stopping.set();
  for (const auto& [id, job] : attended) {
    if (job->cancelled) {
      stop_worker(*job);
    }
    if (job->worker) {
      job->worker->leave();
    }
    job->gone.set();
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

const SupervisorOptions& Supervisor::options() const {
  return implementation_->options;
}

std::chrono::steady_clock::duration Supervisor::silence() const {
  return std::chrono::steady_clock::now() - implementation_->last_beat.load();
}

Status Supervisor::check_executor() {
  return implementation_->executor->check_reachable();
}

void Supervisor::start() {
  implementation_->begin(implementation_->beat());
  implementation_->begin(implementation_->recover());
}

void Supervisor::wake() {
  spawn(
      implementation_->strand, "jobs", [](std::shared_ptr<Implementation> self) -> Awaitable<void> {
        self->begin(self->schedule());
        self->begin(self->remove_folders());
        co_return;
      }(implementation_));
}

Awaitable<Status> Supervisor::cancel(Uuid job) {
  const auto self = implementation_;
  co_return co_await run_on(self->strand, self->cancel(job));
}

Awaitable<Status> Supervisor::resume(Uuid job) {
  const auto self = implementation_;
  co_return co_await run_on(self->strand, self->resume(job));
}

Awaitable<Status> Supervisor::finish_worker(Uuid job) {
  const auto self = implementation_;
  co_return co_await run_on(self->strand, self->finish_worker(job));
}

Awaitable<void> Supervisor::stop() {
  const auto self = implementation_;
  co_await run_on(self->strand, self->stop());
}

}  // namespace athanor::jobs
