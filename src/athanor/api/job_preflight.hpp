#pragma once

#include <optional>
#include <vector>

#include "athanor/api/resource.hpp"
#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"
#include "athanor/jobs/job_snapshot.hpp"
#include "athanor/preflight/faults.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// What is known to end a planned job with this snapshot: its spec, alone and against the reports
/// of its datasets, those of the training that its parent's model comes from, the weights that it
/// starts from and the disk. Nothing is decoded and no process is started; what is not known is not
/// judged.
[[nodiscard]] std::vector<preflight::Fault> find_job_faults(
    Services& services,
    const Resource& resource,
    const store::JobRecord& job,
    const jobs::JobSnapshot& snapshot,
    const std::optional<store::JobRecord>& training);

/// Whether a post asks for preflight: ?preflight=on, which is the default, or off.
[[nodiscard]] Result<bool> wants_preflight(const http::Request& request);

/// The parameter that wants_preflight() reads.
[[nodiscard]] http::ParameterDoc preflight_parameter();

/// Adds GET .../job/{job_id}/preflight.
void add_preflight_route(std::vector<http::Route>& routes,
                         Services& services,
                         store::OwnerKind kind);

}  // namespace athanor::api
