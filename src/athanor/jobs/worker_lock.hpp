#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"

/// The lock that a worker holds on its job directory for as long as it lives. It passes by
/// inheritance from the server to the launcher, the worker and the worker's children, so that the
/// kernel keeps the account whoever is killed (docs/job-directory.md, "One worker at a time").
namespace athanor::jobs {

inline constexpr const char* worker_lock_file = "worker.lock";

/// Which descriptor holds it in the launcher and the worker.
inline constexpr int worker_lock_fd = 3;

/// Takes the lock for a launch. conflict when somebody else still holds it; what a killed worker
/// leaves behind gets a moment to go.
[[nodiscard]] Result<UniqueFd> lock_for_launch(const std::filesystem::path& directory);

/// Says that the launch has recorded who the worker is. The lock itself stays.
[[nodiscard]] Status end_launch(int lock);

/// Whether a worker, or a child of one, lives. Waits for the end of a launch under way: after it,
/// the worker is on record or none will come.
[[nodiscard]] Result<bool> worker_lives(const std::filesystem::path& directory);

}  // namespace athanor::jobs
