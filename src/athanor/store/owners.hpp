#pragma once

#include <string>

#include "athanor/store/connection.hpp"
#include "athanor/store/records.hpp"

/// What datasets and models have in common: both own specs and jobs.
namespace athanor::store {

/// The answer for a row that is not there or is another user's.
[[nodiscard]] Error unknown(OwnerKind kind);

[[nodiscard]] bool owner_exists(Connection& connection, OwnerKind kind, Uuid id);

/// Sets last_modified to now; false when there is no such owner.
[[nodiscard]] bool touch_owner(Connection& connection, OwnerKind kind, Uuid id);

/// Deletes the owner's row with its specs and jobs and notes the folders of all of them as removed.
/// unavailable when a job of it is not at its end.
[[nodiscard]] Status delete_owner(Connection& connection, OwnerKind kind, Uuid id);

}  // namespace athanor::store
