#include "athanor/jobs/local_executor.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/jobs/launcher.hpp"
#include "athanor/jobs/local_worker.hpp"
#include "athanor/jobs/process_identity.hpp"
#include "athanor/jobs/spawn_plan.hpp"
#include "athanor/jobs/worker_lock.hpp"

namespace athanor::jobs {
namespace {

class LocalExecutor : public Executor {
 public:
  LocalExecutor(LocalExecutorOptions options, IoExecutor io)
      : options_(std::move(options)), io_(std::move(io)) {}

  Result<std::unique_ptr<RunningWorker>> start(const std::filesystem::path& directory,
                                               std::int64_t attempt,
                                               const contract::JobKeys& keys) override {
    const UniqueFd log(::open(
        (directory / contract::log_file).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!log.valid()) {
      return fail(system_error("cannot write the job's log", errno));
    }
    ATHANOR_TRY(const UniqueFd keys_pipe, contract::fill_keys_pipe(keys));
    ATHANOR_TRY(const UniqueFd lock, lock_for_launch(directory));
    pass(KillPoint::worker_locked);
    ATHANOR_TRY(const pid_t pid,
                SpawnPlan(log.get(), Inheritance{lock.get(), keys_pipe.get()})
                    .spawn({options_.launcher.string(),
                            launch_command,
                            directory.string(),
                            std::to_string(attempt),
                            options_.program.string()},
                           worker_environment(options_.threads)));
    pass(KillPoint::worker_spawned);
    auto process = open_process(pid);
    if (!process) {
      // What cannot be watched must not run.
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      return fail(process.error());
    }
    return std::make_unique<LocalWorker>(pid, std::move(*process), io_);
  }

  Status check_reachable() override {
    if (::access(options_.program.c_str(), X_OK) != 0) {
      return fail(system_error("cannot run the worker program", errno));
    }
    return {};
  }

  Result<Adoption> adopt(const std::filesystem::path& directory) override {
    ATHANOR_TRY(const bool lives, worker_lives(directory));
    const auto worker = read_worker_file(directory);
    if (!worker && worker.error().code == ErrorCode::not_found) {
      return Adoption();
    }
    if (!worker) {
      return fail(worker.error());
    }
    if (!lives) {
      return Adoption{nullptr, worker->attempt};
    }
    return Adoption{find(worker->process), worker->attempt};
  }

 private:
  /// The leader of a worker whose lock is held; what it left behind is killed if it is gone
  /// itself.
  std::unique_ptr<RunningWorker> find(const ProcessIdentity& worker) {
    // Opened before the comparison, so that the descriptor is of the process compared.
    auto process = open_process(worker.pid);
    if (process && identify_process(worker.pid) == worker) {
      return std::make_unique<LocalWorker>(worker.pid, std::move(*process), io_);
    }
    if (!process) {
      // No process has the number, and while a group has it none gets it: it is the worker's.
      ::kill(-worker.pid, SIGKILL);
    }
    return nullptr;
  }

  LocalExecutorOptions options_;
  IoExecutor io_;
};

}  // namespace

std::unique_ptr<Executor> make_local_executor(LocalExecutorOptions options, IoExecutor io) {
  return std::make_unique<LocalExecutor>(std::move(options), std::move(io));
}

}  // namespace athanor::jobs
