#pragma once

#include <vector>

#include "athanor/api/resource.hpp"
#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"
#include "athanor/jobs/job_snapshot.hpp"
#include "athanor/preflight/faults.hpp"

namespace athanor::api {

/// What is known to end a job of `action` of the user with this snapshot: its spec, alone and
/// against the reports of its datasets, the weights that it starts from and the disk. Nothing is
/// decoded and no process is started; what is not known is not judged.
[[nodiscard]] std::vector<preflight::Fault> find_job_faults(Services& services,
                                                            const Resource& resource,
                                                            const std::string& action,
                                                            const jobs::JobSnapshot& snapshot,
                                                            Uuid user);

/// Whether a post asks for preflight: ?preflight=on, which is the default, or off.
[[nodiscard]] Result<bool> wants_preflight(const http::Request& request);

/// The parameter that wants_preflight() reads.
[[nodiscard]] http::ParameterDoc preflight_parameter();

/// Adds GET .../job/{job_id}/preflight.
void add_preflight_route(std::vector<http::Route>& routes,
                         Services& services,
                         store::OwnerKind kind);

}  // namespace athanor::api
