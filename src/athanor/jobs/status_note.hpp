#pragma once

#include <filesystem>
#include <string>

#include "athanor/contract/status_line.hpp"
#include "athanor/core/error.hpp"

namespace athanor::jobs {

/// Appends a line to a job's status.json on the worker's behalf, while none is at work there. What
/// a killed worker left half written becomes a line of its own, which readers skip.
[[nodiscard]] Status note_status(const std::filesystem::path& directory,
                                 contract::WorkerStatus status,
                                 const std::string& message);

}  // namespace athanor::jobs
