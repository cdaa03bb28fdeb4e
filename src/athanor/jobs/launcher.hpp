#pragma once

#include <string>
#include <vector>

namespace athanor::jobs {

/// The command under which the program is its own launcher: `athanor launch-worker DIRECTORY
/// ATTEMPT PROGRAM`.
inline constexpr const char* launch_command = "launch-worker";

/// What runs between the server and a worker, in the process that becomes the worker: it inherits
/// the job's lock, records its own identity in worker.json and turns into `PROGRAM run DIRECTORY`.
/// So whoever finds the lock taken also finds whom to ask, even if the server was killed meanwhile.
/// Returns, with an exit code, only if that failed; status.json says why then.
[[nodiscard]] int launch_worker(const std::vector<std::string>& arguments);

}  // namespace athanor::jobs
