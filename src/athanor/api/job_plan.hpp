#pragma once

#include <optional>
#include <string>
#include <vector>

#include "athanor/api/resource.hpp"
#include "athanor/api/services.hpp"
#include "athanor/core/json.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// One object of a job request: a chain of actions and the job that it may start from.
struct JobGroup {
  std::optional<Uuid> parent;
  std::vector<std::string> actions;  ///< Canonical.
};

/// Reads one object or an array of them (the document shows an array, clients send one object).
/// Wrong types are invalid_argument; an empty list of actions is not_found, as in the original.
[[nodiscard]] Result<std::vector<JobGroup>> parse_job_groups(const Json& body);

/// What a post says beside its body.
struct JobPost {
  Uuid user;
  std::string request_id;
  bool preflight = true;  ///< Whether jobs that cannot work are refused.
};

/// Turns groups into records, ready to be inserted together: parents chained by
/// catalog::may_follow, specs snapshotted. A job that cannot work (a missing parent or link) is
/// planned in state Error with the reason and the mend. An action that the resource does not run,
/// or a parent that is not its job, refuses the whole request as not_found, a precision that
/// engines of this machine lack as unsupported, and what preflight finds of the other jobs as
/// invalid_argument with all that it found.
[[nodiscard]] Result<std::vector<store::JobRecord>> plan_jobs(Services& services,
                                                              const JobPost& post,
                                                              const Resource& resource,
                                                              const std::vector<JobGroup>& groups);

}  // namespace athanor::api
