#include "athanor/jobs/inspections.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/wait.h>

#include <fmt/format.h>

#include "athanor/async/event.hpp"
#include "athanor/async/task.hpp"
#include "athanor/core/data_folder.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/local_worker.hpp"
#include "athanor/jobs/process_identity.hpp"
#include "athanor/jobs/spawn_plan.hpp"

namespace athanor::jobs {

namespace {

namespace fs = std::filesystem;

fs::path dataset_of(const std::string& data_folder) {
  return fs::path(data_folder).parent_path();
}

std::string describe(const WorkerExit& exit) {
  return exit.signal ? fmt::format("the inspection was ended by signal {}", *exit.signal)
                     : fmt::format("the inspection ended with code {}", exit.code.value_or(-1));
}

}  // namespace

/// All but `states` is used on the strand alone.
struct Inspections::Implementation : std::enable_shared_from_this<Implementation> {
  Implementation(InspectionOptions given, const IoExecutor& io, BlockingPool& threads)
      : options(std::move(given)), strand(make_strand(io)), pool(threads), idle(strand) {}

  void add(const std::string& data_folder) {
    if (stopping) {
      return;
    }
    const auto dataset = dataset_of(data_folder);
    std::erase_if(waiting, [&](const std::string& other) {
      const bool is_former = dataset_of(other) == dataset;
      if (is_former) {
        forget(other);
      }
      return is_former;
    });
    if (worker && dataset_of(running) == dataset) {
      worker->stop(std::chrono::milliseconds::zero());
    }
    set_state(data_folder, {{"state", "waiting"}});
    waiting.push_back(data_folder);
    if (!busy) {
      busy = true;
      spawn(strand, "jobs", work(shared_from_this()));
    }
  }

  static Awaitable<void> work(std::shared_ptr<Implementation> self) {
    while (!self->waiting.empty() && !self->stopping) {
      self->running = std::move(self->waiting.front());
      self->waiting.pop_front();
      co_await self->inspect();
    }
    self->busy = false;
    if (self->stopping) {
      self->idle.set();
    }
  }

  Awaitable<void> inspect() {
    const std::string folder = running;
    set_state(folder, {{"state", "running"}});
    auto started = co_await pool.run([this, &folder] { return start(folder); });
    if (!started) {
      fail_with(folder, started.error().message);
      co_return;
    }
    worker = std::move(*started);
    // Replaced or stopped while it was being started.
    if (stopping || is_replaced(folder)) {
      worker->stop(std::chrono::milliseconds::zero());
    }
    const auto exit = co_await worker->wait();
    worker.reset();
    if (exit && exit->code == 0) {
      forget(folder);  // The file tells from now on.
    } else if (stopping || is_replaced(folder)) {
      forget(folder);
    } else {
      fail_with(folder, describe(exit.value_or(WorkerExit{})));
    }
  }

  bool is_replaced(const std::string& folder) const {
    return std::any_of(waiting.begin(), waiting.end(), [&folder](const std::string& other) {
      return dataset_of(other) == dataset_of(folder);
    });
  }

  Result<std::unique_ptr<RunningWorker>> start(const std::string& folder) {
    const UniqueFd nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    ATHANOR_TRY(const pid_t pid,
                SpawnPlan(nothing.get())
                    .spawn({options.program.string(),
                            "inspect",
                            (options.data_folder / folder).string(),
                            (options.data_folder / inspection_name(folder)).string()},
                           worker_environment(1)));
    auto process = open_process(pid);
    if (!process) {
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
      return fail(process.error());
    }
    return std::make_unique<LocalWorker>(pid, std::move(*process), strand);
  }

  void fail_with(const std::string& folder, const std::string& message) {
    log::warning("jobs", "an inspection failed", {{"data", folder}, {"error", message}});
    set_state(folder, {{"state", "failed"}, {"message", message}});
  }

  void set_state(const std::string& folder, Json state) {
    const std::lock_guard lock(mutex);
    states[folder] = std::move(state);
  }

  void forget(const std::string& folder) {
    const std::lock_guard lock(mutex);
    states.erase(folder);
  }

  const InspectionOptions options;
  const IoExecutor strand;
  BlockingPool& pool;
  std::deque<std::string> waiting;
  std::string running;
  std::unique_ptr<RunningWorker> worker;
  bool busy = false;
  bool stopping = false;
  Event idle;  ///< Set when the work has ended for good.

  mutable std::mutex mutex;
  std::map<std::string, Json> states;  ///< Of what is not complete.
};

Inspections::Inspections(InspectionOptions options, IoExecutor io, BlockingPool& pool)
    : implementation_(std::make_shared<Implementation>(std::move(options), io, pool)) {}

Inspections::~Inspections() = default;

void Inspections::request(const std::string& data_folder) {
  const auto self = implementation_;
  spawn(self->strand,
        "jobs",
        [](std::shared_ptr<Implementation> to, std::string folder) -> Awaitable<void> {
          to->add(folder);
          co_return;
        }(self, data_folder));
}

Result<Json> Inspections::find(const std::string& data_folder) const {
  {
    const std::lock_guard lock(implementation_->mutex);
    const auto state = implementation_->states.find(data_folder);
    if (state != implementation_->states.end()) {
      return state->second;
    }
  }
  const auto text = read_file(implementation_->options.data_folder / inspection_name(data_folder));
  if (!text && text.error().code == ErrorCode::not_found) {
    return Json{{"state", "waiting"}};
  }
  if (!text) {
    return fail(text.error());
  }
  Json found = {{"state", "complete"}};
  ATHANOR_TRY(const auto json, parse_json(*text));
  found.update(json);
  return found;
}

Awaitable<void> Inspections::stop() {
  const auto stopping = [](std::shared_ptr<Implementation> self) -> Awaitable<void> {
    self->stopping = true;
    if (self->worker) {
      self->worker->stop(std::chrono::milliseconds::zero());
    }
    if (self->busy) {
      co_await self->idle.wait();
    }
  };
  co_await run_on(implementation_->strand, stopping(implementation_));
}

std::string inspection_name(const std::string& data_folder) {
  return data_folder + inspection_suffix;
}

}  // namespace athanor::jobs
