#include "athanor/jobs/supervisor.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "athanor/async/event.hpp"
#include "athanor/async/places.hpp"
#include "athanor/async/task.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/attendance.hpp"
#include "athanor/jobs/attended_job.hpp"
#include "athanor/jobs/folder_removal.hpp"
#include "athanor/jobs/job_transitions.hpp"
#include "athanor/jobs/queue.hpp"
#include "athanor/jobs/server_log.hpp"

namespace athanor::jobs {
namespace {

/// For a round of scheduling, which takes milliseconds unless the store fails.
constexpr std::chrono::milliseconds round_patience = std::chrono::seconds(5);
/// For the resumes that came before, likewise.
constexpr std::chrono::milliseconds resume_patience = std::chrono::seconds(60);

using store::JobRecord;
using store::JobState;
using JobPointer = std::shared_ptr<AttendedJob>;

tl::unexpected<Error> store_is_slow() {
  return fail(ErrorCode::unavailable, "the store takes too long; try again later");
}

/// Of resolve_assignment(): the store fails, which it may not do for long.
bool is_passing(const Error& error) {
  return error.code == ErrorCode::io || error.code == ErrorCode::unavailable;
}

SupervisorOptions with_absolute_folder(SupervisorOptions options) {
  options.data_folder = std::filesystem::absolute(options.data_folder);
  return options;
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
      : options(with_absolute_folder(std::move(given))),
        strand(make_strand(io)),
        pool(blocking),
        store(records),
        executor(std::move(workers)),
        stopping(strand),
        idle(strand),
        attendance(strand, pool, store, stopping, options.stop_grace),
        folder_removal(options.data_folder,
                       pool,
                       store,
                       stopping,
                       [this](const std::filesystem::path& folder) { return is_read(folder); }) {}

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
  bool is_read(const std::filesystem::path& folder) const;
  JobPointer take_slot(const JobRecord& record);
  void release_slot(const JobPointer& job);

  Awaitable<void> run(JobPointer job, JobRecord record);
  Awaitable<Result<Assignment>> assign(JobPointer job, JobRecord record);
  Awaitable<void> run_on_after_restart(JobPointer job, JobRecord record);
  Awaitable<std::optional<Adoption>> adopt(JobPointer job);

  Awaitable<Status> cancel(Uuid id);
  Awaitable<Status> resume(Uuid id);
  Awaitable<Status> finish_worker(Uuid id);
  Awaitable<Status> remove(Uuid id, const std::function<Status()>& removal);
  Awaitable<void> stop();

  /// While it lives, a job is being removed.
  class Farewell {
   public:
    Farewell(std::shared_ptr<Implementation> supervisor, Uuid job)
        : supervisor_(std::move(supervisor)), job_(job) {
      supervisor_->leaving.insert(job_);
    }

    ~Farewell() { supervisor_->leaving.erase(supervisor_->leaving.find(job_)); }

    Farewell(const Farewell&) = delete;
    Farewell& operator=(const Farewell&) = delete;

   private:
    std::shared_ptr<Implementation> supervisor_;
    Uuid job_;
  };

  SupervisorOptions options;
  IoExecutor strand;
  BlockingPool& pool;
  store::Store& store;
  std::unique_ptr<Executor> executor;

  std::unordered_map<Uuid, JobPointer> attended;
  std::atomic<std::chrono::steady_clock::time_point> last_beat = std::chrono::steady_clock::now();
  bool scheduling = true;  ///< From the start: recovery comes before the queue.
  bool schedule_again = false;
  std::shared_ptr<Event> round;  ///< Set at the end of the scheduling that is under way, else null.
  std::unordered_multiset<Uuid> leaving;  ///< Jobs that are being removed.
  Places resume_turn{1};                  ///< Held while a resume is being stored.
  int tasks = 0;
  Event stopping;
  Event idle;
  Attendance attendance;
  FolderRemoval folder_removal;
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
  folder_removal.allow();
  begin(folder_removal.run());
  co_await schedule();
}

Awaitable<void> Supervisor::Implementation::schedule() {
  schedule_again = true;
  if (scheduling) {
    co_return;
  }
  scheduling = true;
  round = std::make_shared<Event>(strand);
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
  std::exchange(round, nullptr)->set();
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
  begin(folder_removal.run());
}

Awaitable<void> Supervisor::Implementation::run(JobPointer job, JobRecord record) {
  const auto assignment = co_await assign(job, record);
  if (!assignment && stopping.is_set()) {
    co_return;  // Nothing has begun: the next server lets the job wait again.
  }
  auto worker = co_await pool.run([&]() -> Result<std::unique_ptr<RunningWorker>> {
    if (!assignment) {
      return fail(assignment.error());
    }
    ATHANOR_CHECK_OK(prepare_directory(job->directory, assignment->request));
    pass(KillPoint::job_prepared);
    return executor->start(job->directory, record.attempt, assignment->keys);
  });
  job->inputs = assignment ? inputs_of(assignment->request) : std::vector<std::filesystem::path>();
  if (worker) {
    log_job(log::Level::info,
            "job started",
            job->id,
            {{"action", record.action}, {"attempt", record.attempt}});
    const bool over = co_await attendance.attend(job, std::move(*worker));
    if (over) {
      release_slot(job);
    }
    co_return;
  }
  const Conclusion conclusion = co_await pool.run(
      [&] { return conclude_failed(job->directory, record.result, worker.error().message); });
  co_await attendance.settle(job->id, conclusion.state, conclusion.result);
  release_slot(job);
}

/// What the worker of a job is started with. A store that fails is asked again, until the job is
/// cancelled or the server stops: its failure says nothing of the job.
Awaitable<Result<Assignment>> Supervisor::Implementation::assign(JobPointer job, JobRecord record) {
  const auto resolve = [&] {
    return resolve_assignment(store, options.data_folder, record, options.threads_per_job);
  };
  auto assignment = co_await pool.run(resolve);
  while (!assignment && is_passing(assignment.error()) && !job->cancelled) {
    log_job(log::Level::error,
            "cannot read what a job needs",
            job->id,
            {{"error", assignment.error().message}});
    const bool stopped = co_await stopping.wait_for(store_retry_pause);
    if (stopped) {
      break;
    }
    assignment = co_await pool.run(resolve);
  }
  co_return assignment;
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
    log_job(log::Level::info, "job adopted", job->id);
    const bool over = co_await attendance.attend(job, std::move(adoption->worker));
    if (over) {
      release_slot(job);
    }
  } else if (begun || job->cancelled) {
    job->unattended = true;
    job->follower = std::make_unique<StatusFollower>(job->directory, strand);
    co_await attendance.conclude_and_settle(job);
    release_slot(job);
  } else {
    const Conclusion conclusion =
        co_await pool.run([&] { return conclude_unbegun(job->directory, record.result); });
    co_await attendance.settle(job->id, conclusion.state, conclusion.result);
    release_slot(job);
  }
}

Awaitable<Status> Supervisor::Implementation::cancel(Uuid id) {
  ATHANOR_CO_CHECK_OK(co_await pool.run([&] { return cancel_in_store(store.jobs(), id); }));
  log_job(log::Level::info, "job cancelled", id);
  if (const auto found = attended.find(id);
      found != attended.end() && !std::exchange(found->second->cancelled, true)) {
    attendance.stop_worker(*found->second);
  }
  begin(schedule());
  co_return Status();
}

Awaitable<Status> Supervisor::Implementation::resume(Uuid id) {
  const auto turn = co_await resume_turn.take(resume_patience);
  if (!turn) {
    co_return store_is_slow();
  }
  if (leaving.contains(id)) {
    co_return fail(ErrorCode::conflict, "the job is being deleted");
  }
  ATHANOR_CO_CHECK_OK(co_await pool.run([&] { return resume_in_store(store.jobs(), id); }));
  log_job(log::Level::info, "job resumed", id);
  begin(schedule());
  co_return Status();
}

Awaitable<Status> Supervisor::Implementation::finish_worker(Uuid id) {
  if (const auto under_way = round) {
    // It may have claimed the job, which is attended from its end on.
    co_await under_way->wait_for(round_patience);
  }
  const auto found = attended.find(id);
  if (found == attended.end()) {
    co_return Status();
  }
  const JobPointer job = found->second;
  const auto record = co_await pool.run([&] { return store.jobs().find(id); });
  if (!record && record.error().code != ErrorCode::not_found) {
    co_return fail(record.error());
  }
  if (!record || record->state == JobState::pending || record->state == JobState::running) {
    co_return Status();
  }
  job->cancelled = true;
  job->in_haste = true;
  attendance.stop_worker(*job);
  co_await job->gone.wait();
  if (stopping.is_set()) {
    co_return fail(ErrorCode::unavailable, "the server is stopping; try again later");
  }
  co_return Status();
}

Awaitable<Status> Supervisor::Implementation::remove(Uuid id,
                                                     const std::function<Status()>& removal) {
  const Farewell farewell(shared_from_this(), id);
  {
    // A resume that came before is stored first; none comes after.
    const auto turn = co_await resume_turn.take(resume_patience);
    if (!turn) {
      co_return store_is_slow();
    }
  }
  ATHANOR_CO_CHECK_OK(co_await finish_worker(id));
  co_return co_await pool.run([&] { return removal(); });
}

Awaitable<void> Supervisor::Implementation::stop() {
  stopping.set();
  for (const auto& [id, job] : attended) {
    if (job->cancelled) {
      attendance.stop_worker(*job);
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
        self->begin(self->folder_removal.run());
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

Awaitable<Status> Supervisor::remove(Uuid job, const std::function<Status()>& removal) {
  const auto self = implementation_;
  co_return co_await run_on(self->strand, self->remove(job, removal));
}

Awaitable<void> Supervisor::stop() {
  const auto self = implementation_;
  co_await run_on(self->strand, self->stop());
}

}  // namespace athanor::jobs
