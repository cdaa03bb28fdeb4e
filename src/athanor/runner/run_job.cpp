#include "athanor/runner/run_job.hpp"

#include <exception>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/files.hpp"
#include "athanor/data/image.hpp"
#include "athanor/engine/network.hpp"
#include "athanor/networks/registry.hpp"
#include "athanor/tensor/out_of_memory.hpp"
#include "athanor/tensor/runtime.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::runner {

namespace fs = std::filesystem;

namespace {

using contract::WorkerStatus;

constexpr const char* memory_hint =
    "out of memory: lower the batch size or the input size, or give the machine more memory";

void write_status(engine::StatusWriter& status, WorkerStatus kind, std::string message) {
  contract::StatusLine line;
  line.status = kind;
  line.message = std::move(message);
  status.write(std::move(line));
}

engine::Report do_action(const engine::Job& job) {
  for (const auto& path : job.request.ignored_parameters) {
    job.log(fmt::format("Warning: {} has no effect", path));
  }
  const auto* network = networks::find_network(job.request.network);
  if (network == nullptr) {
    throw std::invalid_argument(
        fmt::format("this worker cannot run the network \"{}\"", job.request.network));
  }
  return engine::run_action(*network, job);
}

/// What went wrong, for the user. Torch's texts carry a C++ backtrace after the first line.
std::string explain(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return memory_hint;
  } catch (const c10::Error& torch_error) {
    const std::string text = torch_error.what_without_backtrace();
    return tensor::is_out_of_memory(torch_error)
               ? memory_hint
               : "the computation failed: " + text.substr(0, text.find('\n'));
  } catch (const fs::filesystem_error& disk_error) {
    // Its own text has the server's paths.
    return system_error("cannot use " + disk_error.path1().filename().string(),
                        disk_error.code().value())
        .message;
  } catch (const std::exception& other) {
    return other.what();
  } catch (...) {
    return "the computation failed for an unknown reason";
  }
}

void write_success(engine::StatusWriter& status,
                   engine::Report report,
                   const std::function<void(std::string_view)>& log) {
  contract::StatusLine line;
  line.status = WorkerStatus::success;
  line.message = std::move(report.message);
  line.kpi = std::move(report.kpi);
  line.categorical = std::move(report.categorical);
  line.stats = std::move(report.stats);
  if (contract::fit_into_limit(line)) {
    log("Warning: the job's status leaves the figures of single classes out, since they are too "
        "many; its artifacts have them");
  }
  status.write(std::move(line));
}

}  // namespace

ExitCode run_job(const fs::path& directory,
                 const contract::JobKeys& keys,
                 std::stop_token stop,
                 const std::function<void(std::string_view)>& log) {
  const auto request = contract::read_job_request(directory);
  if (!request) {
    log("Cannot start: " + request.error().message);
    return ExitCode::no_job;
  }
  try {
    engine::StatusWriter status(directory / contract::status_file);
    try {
      const engine::Job job{.request = *request,
                            .artifacts = directory / contract::artifacts_folder,
                            .status = status,
                            .stop = std::move(stop),
                            .log = log,
                            .own_key = crypto::Passphrase(keys.own),
                            .parent_key = crypto::Passphrase(keys.parent)};
      fs::create_directories(job.artifacts);
      tensor::set_up_runtime({.threads = request->threads});
      data::keep_pictures_to_their_threads();
      write_status(status, WorkerStatus::started, fmt::format("Starting {}", request->action));
      auto report = do_action(job);
      log(report.message);
      write_success(status, std::move(report), log);
      return ExitCode::success;
    } catch (...) {
      const auto reason = explain(std::current_exception());
      log("The job failed: " + reason);
      write_status(status, WorkerStatus::failure, reason);
      return ExitCode::failure;
    }
  } catch (const std::exception& error) {
    log(std::string("Cannot write the status: ") + error.what());
    return ExitCode::no_job;
  }
}

}  // namespace athanor::runner
