#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/error.hpp"

namespace athanor::jobs {

/// How a worker ended.
struct WorkerExit {
  std::optional<int> code;    ///< Exit code, when it exited and this process could learn it.
  std::optional<int> signal;  ///< Signal that killed it.
};

/// A worker that runs somewhere.
class RunningWorker {
 public:
  virtual ~RunningWorker() = default;
  /// Waits for its end; one waiter.
  virtual Awaitable<WorkerExit> wait() = 0;
  /// Asks it to stop (SIGTERM), and forces it after `grace`. Returns at once.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// Starts workers on job directories: local processes today, a cluster later. The directory is
/// complete (job.json written) before start(); the executor owns nothing in it but worker.json.
class Executor {
 public:
  virtual ~Executor() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<RunningWorker>> start(
      const std::filesystem::path& directory) = 0;
  /// The worker that an earlier server started in this directory, if it still runs.
  [[nodiscard]] virtual Result<std::unique_ptr<RunningWorker>> adopt(
      const std::filesystem::path& directory) = 0;
};

}  // namespace athanor::jobs
