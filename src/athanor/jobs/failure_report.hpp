#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "athanor/jobs/executor.hpp"
#include "athanor/jobs/result_builder.hpp"

namespace athanor::jobs {

/// How a worker that did not succeed came to its end.
struct WorkerDeath {
  WorkerExit exit = {};
  std::string failure = {};     ///< Text of its FAILURE line; empty when it wrote none.
  bool unattended = false;      ///< It ended while no server ran, so `exit` is unknown.
  bool memory_ran_out = false;  ///< The system killed processes for want of memory meanwhile.
};

/// What went wrong, in one line: "The worker was killed (SIGKILL); ...".
[[nodiscard]] std::string describe_death(const WorkerDeath& death);

/// That line with the mend and the log's last lines, for detailed_status.message.
[[nodiscard]] std::string failure_report(const WorkerDeath& death, const std::string& log_tail);

/// How many processes the system has killed for want of memory since it started.
[[nodiscard]] std::uint64_t out_of_memory_kills();

}  // namespace athanor::jobs
