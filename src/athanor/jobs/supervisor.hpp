#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/jobs/executor.hpp"
#include "athanor/jobs/job_preparation.hpp"
#include "athanor/store/store.hpp"

namespace athanor::jobs {

struct SupervisorOptions {
  std::filesystem::path data_folder;
  int slots = 1;            ///< Jobs that run at once.
  int threads_per_job = 1;  ///< Compute threads of each.
  /// How long a cancelled worker may take to stop by itself: a step of a large network on few cores
  /// and the checkpoint after it.
  std::chrono::milliseconds stop_grace = std::chrono::seconds(60);
};

/// Takes Pending jobs to their end: starts them when their parent is done and a slot is free,
/// follows their status lines into the store, ends them. Event-driven: wake() after a POST,
/// file notifications for status lines, process notifications for the end; it never polls.
/// One strand, no locks: the database transition comes first, then the side effect. It also removes
/// the folders of removed records, once no worker reads them.
class Supervisor {
 public:
  Supervisor(SupervisorOptions options,
             IoExecutor io,
             BlockingPool& pool,
             store::Store& store,
             std::unique_ptr<Executor> executor);
  ~Supervisor();

  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  [[nodiscard]] const SupervisorOptions& options() const;

  /// Adopts workers that outlived the last server, settles those that ended meanwhile, then runs.
  /// Called once, before the rest.
  void start();

  /// How long ago its strand last showed that it runs; it does every limits::scheduler_beat.
  /// Thread-safe.
  [[nodiscard]] std::chrono::steady_clock::duration silence() const;

  /// Whether workers can be started. Blocks. Thread-safe.
  [[nodiscard]] Status check_executor();

  /// Records were changed: Pending jobs came, parents went, folders are to be removed. Thread-safe.
  void wake();

  /// Pending or Running → Error at once; the worker is stopped afterwards, and its slot is free
  /// when it is gone. not_found (with the text old clients know) when the job has ended already.
  /// From any executor.
  Awaitable<Status> cancel(Uuid job);

  /// Error → Pending for another attempt, with the same id. It waits for the worker of the attempt
  /// before if that is still stopping. conflict when the job is in another state, or being removed.
  /// From any executor.
  Awaitable<Status> resume(Uuid job);

  /// Kills the worker that a job in Error may still have and waits until it is gone, so that the
  /// record can be removed. Does nothing to other jobs: one that was resumed may have a worker
  /// which is saving its checkpoint. From any executor.
  Awaitable<Status> finish_worker(Uuid job);

  /// The same, then calls `removal`, which takes the record away or refuses to, and blocks. From
  /// the first look at the job's state to the end nobody can resume it. From any executor.
  Awaitable<Status> remove(Uuid job, const std::function<Status()>& removal);

  /// Stops following; workers go on and are adopted at the next start. Comes before destruction
  /// wherever `io` still runs. From any executor.
  Awaitable<void> stop();

 private:
  struct Implementation;
  std::shared_ptr<Implementation> implementation_;
};

}  // namespace athanor::jobs
