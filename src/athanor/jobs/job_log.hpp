#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::jobs {

/// The last lines of a job's log, within both bounds and without control characters;
/// empty when there is none.
[[nodiscard]] std::string tail_of_log(const std::filesystem::path& directory,
                                      std::size_t max_lines = 20,
                                      std::size_t max_bytes = 4096);

/// Whether its last line is EOF.
[[nodiscard]] bool log_has_ended(const std::filesystem::path& directory);

/// The first line of a job's log: which request to look for in the server's own log.
[[nodiscard]] std::string log_head(std::string_view job_id,
                                   std::string_view action,
                                   std::string_view request_id);

/// Begins the log with a line, unless it has begun already.
[[nodiscard]] Status begin_log(const std::filesystem::path& directory, const std::string& line);

/// Ends the log with the line EOF, for which clients wait (contract 6.4), after `remark` if there
/// is one. Does nothing when it has ended already or the job never had a directory. A failure is a
/// warning in the server's log: it must not keep the job from ending.
void end_log(const std::filesystem::path& directory, const std::string& remark);

/// Takes the line EOF away again before a job goes on, so that it stays the last one.
[[nodiscard]] Status reopen_log(const std::filesystem::path& directory);

}  // namespace athanor::jobs
