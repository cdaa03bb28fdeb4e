#pragma once

#include <string>

#include "athanor/cli/client.hpp"
#include "athanor/cli/exit_code.hpp"
#include "athanor/cli/progress.hpp"

namespace athanor::cli {

/// Where a job is in the API: "/model/<id>/job/<job>".
[[nodiscard]] std::string job_path(const std::string& owner_path, const std::string& job_id);

/// Done or Error.
[[nodiscard]] bool has_ended(const Json& job);

/// A job record as a moment of progress: bar from the epochs, last metrics, time left.
[[nodiscard]] ProgressState progress_of(const Json& job);

/// The value of a KPI of a job, or null.
[[nodiscard]] Json kpi_of(const Json& job, std::string_view metric);

/// Follows a job to its end with a progress line; the last record.
[[nodiscard]] Result<Json> follow_job(Client& client, const std::string& path);

/// How it ended, with its KPI, as lines for people; the message and a hint if it failed.
[[nodiscard]] std::string summary_of(const Json& job);

/// ok when the job is Done.
[[nodiscard]] ExitCode exit_code_of_job(const Json& job);

}  // namespace athanor::cli
