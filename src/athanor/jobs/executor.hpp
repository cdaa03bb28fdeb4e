#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "athanor/async/awaitable.hpp"
#include "athanor/contract/job_keys.hpp"
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

/// What an earlier server has left in a job directory.
struct Adoption {
  std::unique_ptr<RunningWorker> worker;  ///< Null when none lives, and then none will come.
  /// Of which attempt the last worker was that began there; none when there never was one.
  std::optional<std::int64_t> attempt = std::nullopt;
};

/// Starts workers on job directories: local processes today, a cluster later. The directory is
/// complete (job.json written) before start(). The executor owns nothing in it but log.txt and what
/// it needs to find its workers again. All calls block and are thread-safe.
///
/// Whatever happens to the server, there is never more than one worker in a directory, and adopt()
/// knows for sure which attempts began: a cluster would name its job after job and attempt.
class Executor {
 public:
  virtual ~Executor() = default;

  /// `keys` reach the worker without touching a disk, an argument or its environment.
  [[nodiscard]] virtual Result<std::unique_ptr<RunningWorker>> start(
      const std::filesystem::path& directory,
      std::int64_t attempt,
      const contract::JobKeys& keys) = 0;

  /// Whether workers can be started at all; the error says what is in the way.
  [[nodiscard]] virtual Status check_reachable() = 0;

  /// An error says that it cannot be known now.
  [[nodiscard]] virtual Result<Adoption> adopt(const std::filesystem::path& directory) = 0;
};

}  // namespace athanor::jobs
