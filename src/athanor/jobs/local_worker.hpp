#pragma once

#include <memory>
#include <sys/types.h>

#include "athanor/async/readiness.hpp"
#include "athanor/async/timer.hpp"
#include "athanor/core/guarded.hpp"
#include "athanor/jobs/executor.hpp"

namespace athanor::jobs {

/// A worker's process group, led by the worker.
class LocalWorker : public RunningWorker {
 public:
  /// `process` is the leader's pidfd.
  LocalWorker(pid_t pid, UniqueFd process, const IoExecutor& io);

  Awaitable<std::optional<WorkerExit>> wait() override;
  void stop(std::chrono::milliseconds grace) override;

  void leave() override { ended_.close(); }

 private:
  /// Signals the group until its leader has been reaped: from then on its number may be another's.
  class Group {
   public:
    explicit Group(pid_t leader) : leader_(leader) {}

    void signal(int number);

    /// Kills what the leader left behind and collects its exit, if it was this process's child.
    WorkerExit reap(int process);

   private:
    pid_t leader_;
    Guarded<bool> reaped_{false};
  };

  std::shared_ptr<Group> group_;
  Readiness ended_;
  Timer grace_;
};

}  // namespace athanor::jobs
