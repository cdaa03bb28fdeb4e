#pragma once

#include "athanor/api/services.hpp"
#include "athanor/core/json.hpp"

namespace athanor::api {

/// {"job_id", "status", "chain": [{"cause", "what", "evidence", "mend"}]}; see jobs::explain().
/// Blocks.
[[nodiscard]] Result<Json> explain_job(Services& services, const store::JobRecord& job);

}  // namespace athanor::api
