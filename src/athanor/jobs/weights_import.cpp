#include "athanor/jobs/weights_import.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <sys/wait.h>
#include <vector>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/json_file.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/local_worker.hpp"
#include "athanor/jobs/process_identity.hpp"
#include "athanor/jobs/spawn_plan.hpp"

namespace athanor::jobs {

namespace {

namespace fs = std::filesystem;

constexpr const char* manifest_file = "manifest.json";
constexpr const char* output_file = "import.log";
constexpr std::uint64_t most_output_bytes = limits::mib;

/// A process that leads a group of its own, and how to notice its end.
struct Started {
  pid_t pid = 0;
  UniqueFd process;
};

Result<Started> start(const std::vector<std::string>& command, const fs::path& output) {
  const UniqueFd log(
      ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!log.valid()) {
    return fail(system_error("cannot write the import's log", errno));
  }
  Started started;
  ATHANOR_TRY(started.pid, SpawnPlan(log.get()).spawn(command, worker_environment(1)));
  auto process = open_process(started.pid);
  if (!process) {
    ::kill(-started.pid, SIGKILL);
    ::waitpid(started.pid, nullptr, 0);
    return fail(process.error());
  }
  started.process = *std::move(process);
  return started;
}

/// What the program said last, which is why it failed.
std::string last_line_of(const fs::path& output) {
  auto text = read_file(output, most_output_bytes).value_or("");
  text.erase(text.find_last_not_of('\n') + 1);
  return text.substr(text.rfind('\n') + 1);
}

Result<Json> outcome_of(const WorkerExit& exit, const fs::path& folder) {
  if (exit.code == 0) {
    return read_json_file(folder / manifest_file, most_output_bytes);
  }
  const auto said = last_line_of(folder / output_file);
  if (exit.code == 1 && !said.empty()) {
    return fail(ErrorCode::invalid_argument, said);
  }
  log::warning("jobs", "an import of weights broke off", {{"output", said}});
  return fail(ErrorCode::invalid_argument,
              exit.signal
                  ? fmt::format("reading the file ended with signal {}: it takes too much time or "
                                "memory, or breaks the reader",
                                *exit.signal)
                  : fmt::format("reading the file ended with code {}", exit.code.value_or(-1)));
}

}  // namespace

Awaitable<Result<Json>> WeightsImport::run(fs::path file, std::string backbone, fs::path folder) {
  const std::vector<std::string> command{
      program_.string(), "import", file.string(), std::move(backbone), folder.string()};
  const auto output = folder / output_file;
  ATHANOR_CO_TRY(auto started,
                 co_await pool_.run([&command, &output] { return start(command, output); }));
  const IoExecutor io = co_await boost::asio::this_coro::executor;
  LocalWorker worker(started.pid, std::move(started.process), io);
  const auto exit = co_await worker.wait();
  const auto ended = exit.value_or(WorkerExit{});
  co_return co_await pool_.run([&ended, &folder] { return outcome_of(ended, folder); });
}

}  // namespace athanor::jobs
