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
  std::optional<int> code =
      std::nullopt;  ///< Exit code, when it exited and this process could learn it.
  std::optional<int> signal = std::nullopt;  ///< Signal that killed it.
};

/// A worker that runs somewhere. Used from one executor.
class RunningWorker {
 public:
  virtual ~RunningWorker() = default;

  /// Waits for its end; one waiter. nullopt when it was left before.
  virtual Awaitable<std::optional<WorkerExit>> wait() = 0;

  /// Asks it to stop (SIGTERM), and forces it after `grace`; zero forces it now. Returns at once.
  virtual void stop(std::chrono::milliseconds grace) = 0;

  /// Ends wait(); the worker goes on and can be adopted.
  virtual void leave() = 0;
};

/// Starts workers on job directories: local processes today, a cluster later. The directory is
/// complete (job.json written) before start(); the executor owns nothing in it but worker.json and
/// log.txt, which exists from the moment that a worker may have begun. Both calls block and are
/// thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;

  [[nodiscard]] virtual Result<std::unique_ptr<RunningWorker>> start(
      const std::filesystem::path& directory) = 0;

  /// The worker that an earlier server started in this directory; not_found if none runs.
  [[nodiscard]] virtual Result<std::unique_ptr<RunningWorker>> adopt(
      const std::filesystem::path& directory) = 0;
};

}  // namespace athanor::jobs
