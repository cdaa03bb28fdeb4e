#pragma once

#include <filesystem>
#include <string>

#include "athanor/core/error.hpp"

namespace athanor::store {

/// Copies a SQLite database as it is at one moment into a new file, while others go on writing to
/// it. Errors: unsupported for PostgreSQL, which has pg_dump for that.
[[nodiscard]] Status copy_database(const std::string& url, const std::filesystem::path& target);

}  // namespace athanor::store
