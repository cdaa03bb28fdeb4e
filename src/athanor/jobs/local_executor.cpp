#include "athanor/jobs/local_executor.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/jobs/launcher.hpp"
#include "athanor/jobs/local_worker.hpp"
#include "athanor/jobs/process_identity.hpp"
#include "athanor/jobs/worker_lock.hpp"

namespace athanor::jobs {
namespace {

/// posix_spawn's file actions and attributes: a session of its own, /dev/null as input, the log as
/// output, the job's lock, every other descriptor closed, default signals.
class SpawnPlan {
 public:
  SpawnPlan(int log, int lock) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, log, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, log, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, lock, worker_lock_fd);
    posix_spawn_file_actions_addclosefrom_np(&actions_, worker_lock_fd + 1);

    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(
        &attributes_,
        static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
  }

  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  [[nodiscard]] Result<pid_t> spawn(std::vector<std::string> arguments,
                                    std::vector<std::string> environment) const {
    pid_t pid = 0;
    const int error = posix_spawn(&pid,
                                  arguments.front().c_str(),
                                  &actions_,
                                  &attributes_,
                                  pointers_to(arguments).data(),
                                  pointers_to(environment).data());
    if (error != 0) {
      return fail(system_error("cannot start the worker's launcher", error));
    }
    return pid;
  }

 private:
  static std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) {
      pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

class LocalExecutor : public Executor {
 public:
  LocalExecutor(LocalExecutorOptions options, IoExecutor io)
      : options_(std::move(options)), io_(std::move(io)) {}

  Result<std::unique_ptr<RunningWorker>> start(const std::filesystem::path& directory,
                                               std::int64_t attempt) override {
    const UniqueFd log(::open(
        (directory / contract::log_file).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!log.valid()) {
      return fail(system_error("cannot write the job's log", errno));
    }
    ATHANOR_TRY(const UniqueFd lock, lock_for_launch(directory));
    pass(KillPoint::worker_locked);
    ATHANOR_TRY(const pid_t pid,
                SpawnPlan(log.get(), lock.get())
                    .spawn({options_.launcher.string(),
                            launch_command,
                            directory.string(),
                            std::to_string(attempt),
                            options_.program.string()},
                           environment()));
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
  /// The leader of a worker whose lock is held; what it left behind is killed if it is gone itself.
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

  [[nodiscard]] std::vector<std::string> environment() const {
    std::vector<std::string> variables;
    for (const char* name :
         {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", kill_point_variable}) {
      if (const char* value =
              std::getenv(name)) {  // NOLINT(concurrency-mt-unsafe): never set here.
        variables.push_back(fmt::format("{}={}", name, value));
      }
    }
    for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) {
      variables.push_back(fmt::format("{}={}", name, options_.threads));
    }
    // By default OpenMP's threads spin while they wait for each other: on a busy machine two of
    // them were measured to be twenty times slower than one.
    variables.emplace_back("OMP_WAIT_POLICY=PASSIVE");
    // OpenCV refuses larger pictures by their header, before it decodes them.
    variables.push_back(fmt::format("OPENCV_IO_MAX_IMAGE_PIXELS={}", limits::image_pixels));
    return variables;
  }

  LocalExecutorOptions options_;
  IoExecutor io_;
};

}  // namespace

std::unique_ptr<Executor> make_local_executor(LocalExecutorOptions options, IoExecutor io) {
  return std::make_unique<LocalExecutor>(std::move(options), std::move(io));
}

}  // namespace athanor::jobs
