#pragma once

#include "athanor/core/error.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/store/store.hpp"

/// The changes of a job's state that a user asks for, in the store alone. They block.
namespace athanor::jobs {

inline constexpr const char* cancelled_message = "Cancelled by the user.";

/// Pending or Running → Error, whichever it is by then; not_found when it has ended already.
[[nodiscard]] Status cancel_in_store(store::JobRepository& jobs, Uuid id);

/// Error → Pending; conflict when it is in another state.
[[nodiscard]] Status resume_in_store(store::JobRepository& jobs, Uuid id);

}  // namespace athanor::jobs
