#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"

namespace athanor::jobs {

/// The worker's process, as worker.json keeps it over a restart of the server.
inline constexpr const char* worker_file = "worker.json";

/// Which process it is: process ids are used again, start times within one boot are not.
struct ProcessIdentity {
  pid_t pid = 0;
  std::string start_time;  ///< Clock ticks since boot (field 22 of /proc/PID/stat).
  std::string boot_id;     ///< Of the boot that start_time counts from.

  bool operator==(const ProcessIdentity&) const = default;
};

/// The process that has this id now; nullopt when none has.
[[nodiscard]] std::optional<ProcessIdentity> identify_process(pid_t pid);

/// What a process has lived through so far.
struct ProcessTimes {
  std::chrono::duration<double> processor{};  ///< Used by all its threads.
  std::chrono::duration<double> age{};        ///< Never 0.
};

/// Those of the process that has this id now; nullopt when none has.
[[nodiscard]] std::optional<ProcessTimes> times_of_process(pid_t pid);

/// A descriptor that becomes readable when the process ends (pidfd).
[[nodiscard]] Result<UniqueFd> open_process(pid_t pid);

/// What worker.json says.
struct WorkerRecord {
  ProcessIdentity process;
  std::int64_t attempt = 1;  ///< Which attempt of the job it was started for.

  bool operator==(const WorkerRecord&) const = default;
};

[[nodiscard]] Status write_worker_file(const std::filesystem::path& directory,
                                       const WorkerRecord& worker);

/// not_found when there is none.
[[nodiscard]] Result<WorkerRecord> read_worker_file(const std::filesystem::path& directory);

}  // namespace athanor::jobs
