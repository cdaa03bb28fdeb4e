#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string_view>

#include "athanor/contract/job_keys.hpp"

namespace athanor::runner {

/// How `athanor-worker run` ends.
enum class ExitCode : int {
  success = 0,  ///< The last status line is SUCCESS.
  failure = 1,  ///< The last status line is FAILURE and says why.
  usage = 2,    ///< Wrong arguments; nothing was touched.
  no_job = 3,   ///< The directory has no readable job.json, or no status could be written.
};

/// Does the job that `directory`/job.json describes: a STARTED line, the action, and a SUCCESS or
/// FAILURE line, whatever the action throws. `log` takes lines for people. Sets the process's
/// thread count, so it is called once in a process. `keys` open and close the files with weights.
[[nodiscard]] ExitCode run_job(const std::filesystem::path& directory,
                               const contract::JobKeys& keys,
                               std::stop_token stop,
                               const std::function<void(std::string_view)>& log);

}  // namespace athanor::runner
