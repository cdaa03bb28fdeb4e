#pragma once

#include <chrono>
#include <memory>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/async/event.hpp"
#include "athanor/jobs/attended_job.hpp"
#include "athanor/jobs/executor.hpp"
#include "athanor/store/store.hpp"

namespace athanor::jobs {

/// Between two tries of the supervision to reach a store that fails.
inline constexpr std::chrono::milliseconds store_retry_pause = std::chrono::seconds(1);

/// Takes jobs that were started or adopted to their end: follows their status lines into the
/// store, waits for the worker's end and judges it. All of it lives on one strand, as `stopping`
/// does; what blocks runs in the pool.
class Attendance {
 public:
  Attendance(IoExecutor strand,
             BlockingPool& pool,
             store::Store& store,
             Event& stopping,
             std::chrono::milliseconds stop_grace)
      : strand_(std::move(strand)),
        pool_(pool),
        store_(store),
        stopping_(stopping),
        stop_grace_(stop_grace) {}

  /// Whether the job has come to its end, which is stored then; false when the server stops and
  /// the worker goes on.
  Awaitable<bool> attend(std::shared_ptr<AttendedJob> job, std::unique_ptr<RunningWorker> worker);

  /// Judges a job whose worker is gone, and stores that.
  Awaitable<void> conclude_and_settle(std::shared_ptr<AttendedJob> job);

  /// Stores how a job ends, or that it waits again, however long the store fails; gives up only
  /// when the server stops.
  Awaitable<void> settle(Uuid id, store::JobState to, Json result);

  void stop_worker(AttendedJob& job) const;

 private:
  Awaitable<void> follow(std::shared_ptr<AttendedJob> job);
  Awaitable<void> wait_for_end(std::shared_ptr<AttendedJob> job);

  IoExecutor strand_;
  BlockingPool& pool_;
  store::Store& store_;
  Event& stopping_;
  std::chrono::milliseconds stop_grace_;
};

}  // namespace athanor::jobs
