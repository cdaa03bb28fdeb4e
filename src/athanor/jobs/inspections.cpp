#include "athanor/jobs/inspections.hpp"

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
    give_up(dataset_of(data_folder));
    set_state(data_folder, {{"state", "waiting"}});
    waiting.push_back(data_folder);
    if (!busy) {
      busy = true;
      spawn(strand, "jobs", work(shared_from_this()));
    }
  }

  void give_up(const fs::path& dataset) {
    const auto is_of_it = [&](const std::string& folder) { return dataset_of(folder) == dataset; };
    std::erase_if(waiting, is_of_it);
    if (is_of_it(running)) {
      running.clear();
      if (worker) {
        worker->stop(std::chrono::milliseconds::zero());
      }
    }
    const std::lock_guard lock(mutex);
    std::erase_if(states, [&](const auto& entry) { return is_of_it(entry.first); });
  }

  static Awaitable<void> work(std::shared_ptr<Implementation> self) {
    while (!self->waiting.empty() && !self->stopping) {
      self->running = std::move(self->waiting.front());
      self->waiting.pop_front();
      co_await self->inspect();
    }
    self->running.clear();
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
    // While it was being started.
    if (is_given_up(folder)) {
      worker->stop(std::chrono::milliseconds::zero());
    }
    const auto exit = co_await worker->wait();
    worker.reset();
    if (exit && exit->code == 0) {
      forget(folder);  // The file tells from now on.
    } else {
      fail_with(folder, describe(exit.value_or(WorkerExit{})));
    }
  }

  bool is_given_up(const std::string& folder) const { return stopping || running != folder; }

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

  /// What is given up ends in some way too, which is nobody's business.
  void fail_with(const std::string& folder, const std::string& message) {
    if (is_given_up(folder)) {
      forget(folder);
      return;
    }
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
  std::string running;  ///< Empty where that is given up.
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

void Inspections::give_up(const std::string& data_folder) {
  const auto self = implementation_;
  spawn(self->strand,
        "jobs",
        [](std::shared_ptr<Implementation> of, std::string folder) -> Awaitable<void> {
          of->give_up(dataset_of(folder));
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
