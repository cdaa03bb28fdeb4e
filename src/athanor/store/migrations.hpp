#pragma once

#include <span>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/store/connection.hpp"

namespace athanor::store {

/// One step of the schema, from migrations/NNNN_name.sql; compiled in by cmake/migrations.cmake.
struct Migration {
  int version = 0;
  std::string_view name;
  std::string_view sql;  ///< Statements, each ending in ";" at the end of a line.
};

/// All of them, oldest first; versions count from 1 without gaps.
[[nodiscard]] std::span<const Migration> migrations();

/// Whether the schema is that of this program. unsupported: the database is newer.
[[nodiscard]] Result<bool> is_current(Connection& connection);

/// Applies what is missing; the caller's transaction makes it all or nothing.
[[nodiscard]] Status migrate(Connection& connection);

}  // namespace athanor::store
